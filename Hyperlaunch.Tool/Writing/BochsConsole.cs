using System;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Hyperlaunch.Tool.Writing;

/// <summary>Bochs with its COM1 on this terminal: it has no way of its own to share one.</summary>
internal sealed class BochsConsole
{
    private const byte Escape = 0x1D;
    private const byte EndKey = (byte)'x';
    private const nint StandardInput = 0;
    private const int TimeUp = 124;
    private const int ComplaintLines = 10;

    private readonly BochsPc _pc;
    private readonly bool _isInteractive;
    private readonly Stream? _log;

    /// <summary>Prepares the console.</summary>
    /// <param name="pc">The machine.</param>
    /// <param name="isInteractive">Whether a person types: Ctrl-] then x is the way out.</param>
    /// <param name="log">Receives a copy of the console's bytes; null for none.</param>
    public BochsConsole(BochsPc pc, bool isInteractive, Stream? log)
    {
        _pc = pc;
        _isInteractive = isInteractive;
        _log = log;
    }

    /// <summary>Boots an ISO and waits for the machine's end.</summary>
    /// <returns>0; 1 when Bochs failed; 124 when the time was up and it was ended.</returns>
    public int Run(string iso, int timeoutSeconds)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using Process process = ExternalProgram.StartSilent("bochs", _pc.Boot(iso, ((IPEndPoint)listener.LocalEndpoint).Port));
        bool isTimeUp = false;
        using Timer timer = new(
            _ =>
            {
                isTimeUp = true;
                process.Kill();
            },
            null,
            timeoutSeconds > 0 ? TimeSpan.FromSeconds(timeoutSeconds) : Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        while (!listener.Pending() && !process.HasExited)
        {
            Thread.Sleep(10);
        }

        if (listener.Pending())
        {
            using Socket line = listener.AcceptSocket();
            using RawTerminal? terminal = _isInteractive ? RawTerminal.Enter() : null;
            if (_isInteractive)
            {
                new Thread(() => Type(line, process)) { IsBackground = true }.Start();
            }

            Show(line);
        }

        process.WaitForExit();
        if (isTimeUp)
        {
            return TimeUp;
        }

        if (!_pc.HasPanicked)
        {
            return 0;
        }

        foreach (string complaint in _pc.Complaints(ComplaintLines))
        {
            Console.Error.WriteLine(complaint);
        }

        return 1;
    }

    private void Show(Socket line)
    {
        using Stream terminal = Console.OpenStandardOutput();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = Receive(line, buffer)) != 0)
        {
            terminal.Write(buffer, 0, count);
            terminal.Flush();
            _log?.Write(buffer, 0, count);
        }
    }

    // Bochs' end may break the connection off.
    private static int Receive(Socket line, byte[] buffer)
    {
        try
        {
            return line.Receive(buffer);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    // Ctrl-] twice sends one.
    private static void Type(Socket line, Process process)
    {
        // The console's own stream would read lines, and turn the terminal back into one that shows them.
        using FileStream keyboard = new(new SafeFileHandle(StandardInput, ownsHandle: false), FileAccess.Read, bufferSize: 0);
        byte[] key = new byte[1];
        bool isEscaped = false;
        while (keyboard.Read(key) == 1)
        {
            if (isEscaped && key[0] == EndKey)
            {
                process.Kill();
                return;
            }

            isEscaped = !isEscaped && key[0] == Escape;
            if (!isEscaped && !TrySend(line, key))
            {
                return;
            }
        }
    }

    // The machine may end while somebody types.
    private static bool TrySend(Socket line, byte[] key)
    {
        try
        {
            return line.Send(key) == key.Length;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
