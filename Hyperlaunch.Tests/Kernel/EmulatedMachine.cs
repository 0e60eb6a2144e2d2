using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Hyperlaunch.Tool;
using Hyperlaunch.Tool.Writing;
using Xunit;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>
/// A machine in an emulator that boots Hyperlaunch: its console is read and typed at, its events are waited for, and it ends with
/// the test at the latest. Each wait fails at once when the machine goes off, and shows the end of the console.
/// </summary>
internal sealed class EmulatedMachine : IDisposable
{
    private const int TailLines = 60;

    // Milliseconds until it has read its settings.
    private const int PatienceWithBochs = 30_000;

    private readonly object _gate = new();
    private readonly StringBuilder _log = new();
    private readonly StringBuilder _errors = new();
    private readonly Process _process;
    private readonly Stream _output;
    private readonly Stream _input;
    private readonly Thread _reader;
    private readonly string _folder;
    private readonly TimeSpan _limit;
    private long _lastOutput = Environment.TickCount64;
    private BochsPc? _bochs;
    private bool _ended;

    private EmulatedMachine(Process process, Stream output, Stream input, string folder, TimeSpan limit)
    {
        _process = process;
        _output = output;
        _input = input;
        _folder = folder;
        _limit = limit;
        _process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is string text && !text.Contains("TCG doesn't support", StringComparison.Ordinal))
            {
                lock (_gate)
                {
                    _errors.AppendLine(text);
                }
            }
        };
        _reader = new Thread(ReadConsole) { IsBackground = true };
        _reader.Start();
        AppDomain.CurrentDomain.ProcessExit += OnTestsEnd;
    }

    /// <summary>The console so far.</summary>
    public string Log
    {
        get
        {
            lock (_gate)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>The console's events so far, from whole lines only.</summary>
    public IReadOnlyList<ConsoleEvent> Events => ConsoleEvent.ParseAll(WholeLines(Log));

    /// <summary>What a domain said, without line ends: a line that takes long on a busy machine is shown in pieces.</summary>
    public string TextOf(int domid)
    {
        string prefix = $"(d{domid}) ";
        return string.Concat(
            Log.Split('\r', '\n').Where(
                line => line.StartsWith(prefix, StringComparison.Ordinal)).Select(line => line[prefix.Length..]));
    }

    /// <summary>Starts the emulator.</summary>
    public static EmulatedMachine Start(MachineOptions options)
    {
        string folder = Directory.CreateTempSubdirectory("hyperlaunch-machine-").FullName;
        return options.Emulator == Emulator.Bochs ? StartBochs(options, folder) : StartQemu(options, folder);
    }

    /// <summary>Sends text to the console as if typed.</summary>
    public void Type(string text) => _input.Write(Encoding.Latin1.GetBytes(text));

    /// <summary>Waits until the console has shown a text.</summary>
    public void WaitForText(string text) =>
        WaitUntil(log => log.Contains(text, StringComparison.Ordinal), $"the text \"{text}\"");

    /// <summary>Waits until the console has shown a text so often.</summary>
    public void WaitForText(string text, int times) =>
        WaitUntil(log => log.AsSpan().Count(text) >= times, $"the text \"{text}\" for the {times}th time");

    /// <summary>Waits for an event whose named values begin as given, and returns the first one.</summary>
    public ConsoleEvent WaitForEvent(string name, params (string Key, string Value)[] values)
    {
        ConsoleEvent? found = null;
        WaitUntil(
            log =>
            {
                found = ConsoleEvent.ParseAll(WholeLines(log))
                    .FirstOrDefault(e => e.Name == name && values.All(v => e[v.Key] == v.Value));
                return found is not null;
            },
            $"the event {name} {string.Join(' ', values.Select(v => $"{v.Key}={v.Value}"))}");
        return found!;
    }

    /// <summary>Waits for a line that begins with a text, and for its end.</summary>
    public string WaitForWholeLine(string start)
    {
        string? found = null;
        WaitUntil(
            log =>
            {
                found = WholeLines(log).Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
                return found is not null;
            },
            $"a line that begins with \"{start}\"");
        return found!.TrimEnd('\r');
    }

    /// <summary>Waits until the events so far meet a condition.</summary>
    public void WaitForEvents(string what, Func<IReadOnlyList<ConsoleEvent>, bool> condition) =>
        WaitUntil(log => condition(ConsoleEvent.ParseAll(WholeLines(log))), what);

    /// <summary>
    /// Waits until the hypervisor has turned the machine off, and has said so first: a silent reset is a failure.
    /// </summary>
    public void WaitForPowerOff()
    {
        lock (_gate)
        {
            while (!_ended)
            {
                WaitForMore("the machine to go off");
            }
        }

        Check(Events.Any(
            e => e.Name == "machine-off"),
            "The machine ended without the event machine-off: it was reset, or the emulator failed.");
    }

    /// <summary>Waits for a line of the hypervisor's that names each of these words, in any order.</summary>
    public string WaitForLine(params string[] words)
    {
        string? found = null;
        WaitUntil(
            log =>
            {
                found = WholeLines(
                    log).Split('\n').FirstOrDefault(line => line.TrimStart('\r').StartsWith("(HV) ", StringComparison.Ordinal)
                    && words.All(word => line.Contains(word, StringComparison.OrdinalIgnoreCase)));
                return found is not null;
            },
            $"a line of the hypervisor's with {string.Join(", ", words)}");
        return found!.Trim('\r');
    }

    /// <summary>Fails with the end of the console unless a condition holds.</summary>
    public void Check(bool condition, string message) => Assert.True(condition, condition ? null : $"{message}\n{Tail()}");

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnTestsEnd;
        Kill();
        _reader.Join();
        _output.Dispose();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static EmulatedMachine StartQemu(MachineOptions options, string folder)
    {
        Process process = StartProcess("qemu-system-x86_64", QemuCommandLine.For(options, folder));
        Stream input = process.StandardInput.BaseStream;
        EmulatedMachine machine = new(process, process.StandardOutput.BaseStream, input, folder, options.Limit);
        process.BeginErrorReadLine();
        return machine;
    }

    // Its COM1 comes to us.
    private static EmulatedMachine StartBochs(MachineOptions options, string folder)
    {
        Assert.True(options.Processor is not null, "Bochs has to be told which processor.");
        BochsPc pc = new(folder)
        {
            Model = options.Processor,
            Memory = (ulong)options.MemoryMebibytes << 20,
            Processors = (uint)options.Processors,
        };
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Process process = ExternalProgram.StartSilent(
            "bochs", pc.Boot(BootIso.For(options, folder), ((IPEndPoint)listener.LocalEndpoint).Port));
        long end = Environment.TickCount64 + PatienceWithBochs;
        while (!listener.Pending())
        {
            if (process.HasExited || Environment.TickCount64 > end)
            {
                process.Kill();
                throw new InvalidOperationException($"Bochs does not start.\n{string.Join('\n', pc.Complaints(TailLines))}");
            }

            Thread.Sleep(10);
        }

        NetworkStream console = new(listener.AcceptSocket(), ownsSocket: true);
        return new EmulatedMachine(process, console, console, folder, options.Limit) { _bochs = pc };
    }

    private static Process StartProcess(string program, List<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private void OnTestsEnd(object? sender, EventArgs arguments) => Kill();

    private void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
    }

    private void WaitUntil(Func<string, bool> condition, string what)
    {
        lock (_gate)
        {
            while (!condition(_log.ToString()))
            {
                if (_ended)
                {
                    Assert.Fail($"The machine ended while the test waited for {what}.\n{Tail()}");
                }

                WaitForMore(what);
            }
        }
    }

    // What counts is how long the machine has computed, and how long it has been silent: a busy host makes it slow, not endless.
    private void WaitForMore(string what)
    {
        bool isSilent = Environment.TickCount64 - _lastOutput > _limit.TotalMilliseconds;
        if (isSilent || HasComputedTooLong())
        {
            Assert.Fail($"The time limit came while the test waited for {what}.\n{Tail()}");
        }

        Monitor.Wait(_gate, TimeSpan.FromSeconds(1));
    }

    private bool HasComputedTooLong()
    {
        try
        {
            return _process.TotalProcessorTime > _limit;
        }
        catch (InvalidOperationException)
        {
            // It has just ended, which the reader will notice.
            return false;
        }
    }

    private void ReadConsole()
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = ReadSome(buffer)) != 0)
        {
            lock (_gate)
            {
                _log.Append(Encoding.Latin1.GetString(buffer, 0, count));
                _lastOutput = Environment.TickCount64;
                Monitor.PulseAll(_gate);
            }
        }

        lock (_gate)
        {
            _ended = true;
            Monitor.PulseAll(_gate);
        }
    }

    // A connection that the emulator's end breaks off has ended.
    private int ReadSome(byte[] buffer)
    {
        try
        {
            return _output.Read(buffer);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private string Tail()
    {
        lock (_gate)
        {
            IEnumerable<string> lines = _log.ToString().Split(
                '\n').TakeLast(TailLines).Select(line => "    " + line.TrimEnd('\r'));
            return $"{_errors}{string.Concat(_bochs?.Complaints(TailLines).Select(line => $"    {line}\n") ?? [])}The end of "
                + $"its console:\n{string.Join('\n', lines)}";
        }
    }

    private static string WholeLines(string log) => log[..(log.LastIndexOf('\n') + 1)];
}
