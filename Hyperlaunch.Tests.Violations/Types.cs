using System;

namespace Hyperlaunch.Tests.Violations;

[Breaks("record class")]
public record RecordClass(int Value);

[Breaks("default interface method")]
public interface IDefault
{
    int Value() => 1;
}

[Breaks("generic virtual method")]
public interface IGeneric
{
    T Same<T>(T value);
}

public class GenericVirtual
{
    [Breaks("generic virtual method")]
    public virtual T Same<T>(T value) => value;
}

public class Events
{
    [Breaks("event")]
    public event Action? Happened;
}

public class Tables
{
    [Breaks("multi-dimensional array")]
    public int[,]? Table;
}
