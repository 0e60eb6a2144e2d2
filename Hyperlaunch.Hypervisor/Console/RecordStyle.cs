namespace Hyperlaunch.Hypervisor.Console;

/// <summary>The forms of a <see cref="RecordLine"/>.</summary>
internal enum RecordStyle
{
    /// <summary>An event or a sentence on the console: <c>key="two words"</c>, a quote inside shown as an apostrophe.</summary>
    Event = 0,

    /// <summary>An answer to a command: <c>key="two words"</c>, a quote or a backslash inside after a backslash.</summary>
    Answer,

    /// <summary>An answer as a JSON object (RFC 8259).</summary>
    Json,
}
