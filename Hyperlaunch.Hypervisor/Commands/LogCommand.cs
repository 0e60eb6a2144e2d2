using Hyperlaunch.Hypervisor.Console;
using Hyperlaunch.Hypervisor.Control;
using Hyperlaunch.Machine.Text;

namespace Hyperlaunch.Hypervisor.Commands;

/// <summary>The hypervisor's latest lines.</summary>
internal sealed class LogCommand : ControlCommand
{
    private const int LineCapacity = 1024;

    private readonly LogHistory _history;
    private readonly LineBuffer _line = new(LineCapacity);

    public LogCommand(LogHistory history)
        : base("log", "", "the hypervisor's latest lines", Anyone)
    {
        _history = history;
    }

    /// <inheritdoc/>
    public override bool TryAnswer(ControlSession session, RecordLine answer)
    {
        ulong position = session.Progress;
        if (!_history.TryRead(ref position, _line))
        {
            return false;
        }

        session.Progress = position;
        if (session.IsJson)
        {
            answer.AddQuoted("line", _line.Bytes);
        }
        else
        {
            answer.Text(_line.Bytes);
        }

        return true;
    }
}
