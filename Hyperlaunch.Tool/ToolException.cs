using System;

namespace Hyperlaunch.Tool;

/// <summary>Something that keeps a command from being done, in a sentence for the person who gave it.</summary>
internal sealed class ToolException : Exception
{
    public ToolException(string message)
        : base(message)
    {
    }
}
