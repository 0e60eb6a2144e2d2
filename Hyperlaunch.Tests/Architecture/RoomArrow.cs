namespace Hyperlaunch.Tests.Architecture;

/// <summary>That one room names a type of another, and an example of it.</summary>
internal sealed record RoomArrow(string From, string To, string Example);
