using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;

namespace Hyperlaunch.Tests.Kernel;

/// <summary>Gives one file to everybody who asks by HTTP. QEMU's user network shows it at 10.0.2.2.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;
    private readonly Thread _thread;

    public FileServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Stop();
        _thread.Join();
        _listener.Dispose();
    }

    private void Serve()
    {
        try
        {
            while (true)
            {
                using TcpClient client = _listener.AcceptTcpClient();
                using NetworkStream stream = client.GetStream();
                ReadRequest(stream);
                stream.Write(Encoding.ASCII.GetBytes($"HTTP/1.0 200 OK\r\nContent-Length: {_content.Length}\r\n\r\n"));
                stream.Write(_content);
            }
        }
        catch (SocketException)
        {
            // The listener has been stopped.
        }
    }

    private static void ReadRequest(NetworkStream stream)
    {
        StringBuilder request = new();
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            int value = stream.ReadByte();
            if (value < 0)
            {
                return;
            }

            request.Append((char)value);
        }
    }
}
