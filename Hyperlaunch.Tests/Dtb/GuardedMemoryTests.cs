using System;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Hyperlaunch.Tests.Dtb;

public sealed unsafe partial class GuardedMemoryTests
{
    /// <summary>The system call that copies from memory says that it cannot, where an instruction would crash.</summary>
    [Fact]
    public void The_byte_after_the_memory_cannot_be_read()
    {
        using GuardedMemory memory = new(10);
        using AnonymousPipeServerStream pipe = new(PipeDirection.Out);
        Span<byte> last = memory.PlaceAtEnd("x"u8);

        // Sound: the memory is not the collector's, and the kernel does the reading.
        fixed (byte* address = last)
        {
            Assert.Equal(1, Write(pipe.SafePipeHandle, address, 1));
            Assert.Equal(-1, Write(pipe.SafePipeHandle, address + 1, 1));
        }
    }

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint Write(SafePipeHandle file, byte* bytes, nuint count);
}
