using System.Collections.Generic;
using System.Reflection;
using System.Threading;
using Hyperlaunch.Machine.Concurrency;
using Xunit;

namespace Hyperlaunch.Tests.Machine.Concurrency;

public sealed class SpinGateTests
{
    // Few: on a busy host each change of hands may cost a thread's turn.
    private const int Turns = 200;

    [Fact]
    public void Only_one_is_inside()
    {
        SpinGate gate = new();
        int count = 0;
        Thread other = new(Count);
        other.Start();
        Count();
        other.Join();

        Assert.Equal(2 * Turns, count);

        void Count()
        {
            for (int i = 0; i < Turns; i++)
            {
                gate.Enter();
                int seen = count;
                Thread.Yield();
                count = seen + 1;
                gate.Exit();
            }
        }
    }

    [Fact]
    public void Who_comes_first_enters_first()
    {
        SpinGate gate = new();
        List<int> entered = [];
        List<Thread> waiting = [];
        gate.Enter();
        for (int i = 0; i < 3; i++)
        {
            int number = i;
            Thread thread = new(() =>
            {
                gate.Enter();
                entered.Add(number);
                gate.Exit();
            });
            thread.Start();
            waiting.Add(thread);
            SpinWait.SpinUntil(() => Read(gate, "_next") == number + 2);
        }

        Assert.Empty(entered);
        gate.Exit();
        waiting.ForEach(thread => thread.Join());

        Assert.Equal([0, 1, 2], entered);
    }

    [Fact]
    public void Tickets_wrap_around()
    {
        SpinGate gate = new();
        Write(gate, "_next", int.MaxValue);
        Write(gate, "_turn", int.MaxValue);

        gate.Enter();
        gate.Exit();
        gate.Enter();
        gate.Exit();

        Assert.Equal(int.MinValue + 1, Read(gate, "_turn"));
    }

    private static FieldInfo Field(string name)
        => typeof(SpinGate).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static int Read(SpinGate gate, string name) => (int)Field(name).GetValue(gate)!;

    private static void Write(SpinGate gate, string name, int value) => Field(name).SetValue(gate, value);
}
