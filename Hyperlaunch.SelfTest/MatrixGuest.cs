using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Text;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;

namespace Hyperlaunch.Kernel.SelfTest;

/// <summary>The guest of both matrices: the code of <c>guest_matrix.S</c>, and a handler for every exception.</summary>
internal sealed unsafe class MatrixGuest
{
    private const ulong HandlerPort = 0x81;
    private const ulong Code = 0x2000;
    private const ulong ReadOnlyPage = 0xC000;
    private const int Vectors = 65;
    private const ulong VectorStub = 8;
    private const byte VectorPageFault = 14;
    private const ulong Cr4OsXsave = 1 << 18;
    private const uint FeatureXsave = 1 << 26;

    // Exceptions that push an error code: 8, 10 to 14, 17 (AMD APM vol 2, 8.2).
    private const uint VectorsWithErrorCode = (1 << 8) | (31 << 10) | (1 << 17);

    private readonly GuestMachine _guest;
    private readonly bool _hasXsave;
    private readonly MatrixTable* _table;

    /// <summary>Makes it of a guest that nobody else uses meanwhile.</summary>
    public MatrixGuest(IHostProcessor host, GuestMachine guest, IVirtualProcessor processor)
    {
        _guest = guest;
        _hasXsave = (host.Cpuid(1, 0).Ecx & FeatureXsave) != 0;
        Processor = processor;
        _table = GetGuestMatrix();
    }

    /// <summary>Its processor.</summary>
    public IVirtualProcessor Processor { get; }

    /// <summary>The first case of the instructions' matrix; one without a name follows the last.</summary>
    public MatrixCase* Cases => &_table->First;

    /// <summary>
    /// Puts it at the beginning of a program, with a page that is read-only. The code fits before the stack: LoadCode checks
    /// that.
    /// </summary>
    public void Start(MatrixMode mode, GuestProgram program)
    {
        switch (mode)
        {
            case MatrixMode.Real:
                _guest.StartRealMode(Processor, program);
                break;
            case MatrixMode.Protected:
                _guest.StartProtectedMode(Processor, program);
                break;
            default:
                _guest.StartLongMode(Processor, program, _hasXsave ? Cr4OsXsave : 0);
                break;
        }

        _guest.LoadCode(Code, new ReadOnlySpan<byte>(_table->Code, (int)(_table->CodeEnd - _table->Code)));
        for (int vector = 0; vector < Vectors; vector++)
        {
            _guest.SetHandler((byte)vector, _table->VectorStubs + ((ulong)vector * VectorStub));
        }

        _guest.MapPageReadOnly(ReadOnlyPage);
        Processor.InvalidateTranslations();
    }

    /// <summary>Runs it to an exit of its own.</summary>
    public void Run(ref VmExit exit) => _guest.Run(Processor, ref exit);

    /// <summary>Gives the read-only page back to the programs of others.</summary>
    public void Restore()
    {
        _guest.MapPage(ReadOnlyPage);
        Processor.InvalidateTranslations();
    }

    /// <summary>Says which exception it took, when the exit is the handler's.</summary>
    /// <returns>False when it is another exit.</returns>
    public bool TryDescribeException(StringBuilder line, VmExit exit)
    {
        if (exit.Reason != ExitReason.PortAccess || exit.Port != HandlerPort)
        {
            return false;
        }

        byte vector = (byte)Processor.GetRegister(GuestRegister.Rbx);
        line.Append(" exception=").Append(vector);
        if (vector < 32 && (VectorsWithErrorCode & (1u << vector)) != 0)
        {
            line.Append(" error=").Append(Processor.GetRegister(GuestRegister.Rdi));
        }

        if (vector == VectorPageFault)
        {
            line.Append(" address=0x").Append(Processor.Cr2.ToString("x"));
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "GetGuestMatrix")]
    private static extern MatrixTable* GetGuestMatrix();
}
