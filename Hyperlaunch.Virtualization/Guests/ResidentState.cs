using System;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Hyperlaunch.Virtualization.Hosting;

namespace Hyperlaunch.Virtualization.Guests;

/// <summary>
/// The part of a guest processor's state that no virtualization extension switches and that the hypervisor's own code never
/// touches: x87, the upper halves of YMM and all else under XSAVE but XMM, XCR0, the debug address registers, TSC_AUX; with VMX
/// also <see cref="ResidentRegisters"/>. It stays in the CPU over exits, and is exchanged when another guest processor runs
/// there.
/// </summary>
internal sealed unsafe class ResidentState
{
    private const int DebugAddresses = 4;

    // PRED_CMD, bit 0: IBPB (AMD APM vol 2, 3.2.9).
    private const ulong PredictionBarrier = 1;

    // Fields of the image (AMD APM vol 2, 11.4.4 and 11.5.2).
    private const int ControlWordOffset = 0;
    private const int TagWordOffset = 4;
    private const int MxcsrOffset = 24;
    private const int HeaderOffset = 512;

    // After a reset the control word is 40h and all registers are zero, not empty (AMD APM vol 2, 14.1.3).
    private const ushort ControlWordAtReset = 0x40;
    private const byte TagWordAtReset = 0xFF;

    private readonly VirtualizationHost _host;
    private readonly ExtendedStateFormat _format;
    private readonly byte* _image;
    private readonly ulong* _debugAddresses;
    private readonly ResidentRegisters? _registers;
    private ulong _xcr0;
    private uint _tscAux;
    private bool _isLoaded;

    // A reset takes effect at the next entry: another CPU may still hold the old state and save it at any time until then.
    private bool _isReset;
    private ulong _xcr0AfterReset;

    /// <summary>Makes the state of one guest processor.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="format">What it has.</param>
    /// <param name="memory">Zeroed memory of <see cref="MemorySize"/> bytes at a multiple of 64.</param>
    /// <param name="registers">What the virtualization extension leaves to this class besides; null for nothing.</param>
    public ResidentState(VirtualizationHost host, ExtendedStateFormat format, byte* memory, ResidentRegisters? registers)
    {
        _host = host;
        _registers = registers;
        _format = format;
        _image = memory;
        _debugAddresses = (ulong*)(memory + AlignedImageSize(format));
    }

    /// <summary>Bytes of memory that one state takes.</summary>
    public static int MemorySize(ExtendedStateFormat format) => AlignedImageSize(format) + (DebugAddresses * sizeof(ulong));

    /// <summary>XCR0 of the guest.</summary>
    public ulong Xcr0
    {
        // Read from the processor where it is there: QEMU executes a guest's XSETBV without an exit.
        get => _isReset ? _xcr0AfterReset : IsInThisCpu && _format.HasXsave ? _host.Xcr0 : _xcr0;
        set
        {
            if (_isReset)
            {
                _xcr0AfterReset = value;
            }
            else if (IsInThisCpu && _format.HasXsave)
            {
                _host.Xcr0 = value;
            }
            else
            {
                _xcr0 = value;
            }
        }
    }

    /// <summary>TSC_AUX of the guest.</summary>
    public uint TscAux
    {
        get => _tscAux;
        set
        {
            _tscAux = value;
            if (!_isReset && IsInThisCpu && _format.HasTscAux)
            {
                _host.WriteMsr(Msr.TscAux, value);
            }
        }
    }

    /// <summary>Whether the machine has TSC_AUX.</summary>
    public bool HasTscAux => _format.HasTscAux;

    private bool IsInThisCpu => ReferenceEquals(_host.CurrentCpu?.Resident, this);

    private ResidentRegisters.Place Place
        => _isReset ? ResidentRegisters.Place.AfterReset
            : IsInThisCpu ? ResidentRegisters.Place.Cpu : ResidentRegisters.Place.Saved;

    /// <summary>Reads one of the registers that were given to the constructor.</summary>
    public ulong GetRegister(int index) => _registers!.Get(index, Place);

    /// <summary>Writes one of the registers that were given to the constructor.</summary>
    public void SetRegister(int index, ulong value) => _registers!.Set(index, Place, value);

    /// <summary>Prepares this CPU: once on each, before the first guest runs there.</summary>
    public static void EnableCpu(VirtualizationHost host, ExtendedStateFormat format)
    {
        if (format.HasXsave)
        {
            host.Cr4 |= ControlBits.Cr4OsXsave;
            host.Xcr0 = format.Components;
        }
    }

    /// <summary>The state after power-on. Any CPU may call it while the guest processor does not run.</summary>
    public void Reset()
    {
        _isReset = true;
        _xcr0AfterReset = PowerOnState.Xcr0;
        _tscAux = 0;
        _registers?.Reset();
    }

    /// <summary>Brings the state into this CPU. Cheap when it is there already.</summary>
    public void Enter()
    {
        if (IsInThisCpu && !_isReset)
        {
            return;
        }

        HostCpu cpu = _host.CurrentCpu!;
        ((ResidentState?)cpu.Resident)?.Leave();
        if (_isLoaded)
        {
            _host.Fail("a guest processor was entered on one CPU before it left another"u8);
        }

        if (_isReset)
        {
            InitializeImage();
            _xcr0 = _xcr0AfterReset;
            _registers?.TakeReset();
            _isReset = false;
        }

        Restore();
        _isLoaded = true;
        cpu.Resident = this;
    }

    /// <summary>Takes the state out of this CPU, if it is there.</summary>
    public void Leave()
    {
        if (IsInThisCpu)
        {
            Save();
            _isLoaded = false;
            _host.CurrentCpu!.Resident = null;
        }
    }

    private static int AlignedImageSize(ExtendedStateFormat format) => (format.ImageSize + 63) & ~63;

    private void InitializeImage()
    {
        new Span<byte>(_image, MemorySize(_format)).Clear();
        *(ushort*)(_image + ControlWordOffset) = ControlWordAtReset;
        _image[TagWordOffset] = TagWordAtReset;
        *(uint*)(_image + MxcsrOffset) = GuestContext.MxcsrDefault;
        if (_format.HasXsave)
        {
            *(ulong*)(_image + HeaderOffset) = ExtendedState.X87;
        }
    }

    // The image is as large as the processor asks for everything in Components: nothing is written beyond it. While no guest's
    // state is in the CPU, XCR0 is Components.
    private void Save()
    {
        if (_format.HasXsave)
        {
            _xcr0 = _host.Xcr0;
            _host.Xcr0 = _format.Components;
            _host.SaveExtended(_image, _format.Components & ~(ulong)ExtendedState.Sse);
        }
        else
        {
            _host.SaveLegacy(_image);
        }

        _host.ReadDebugAddresses(_debugAddresses);
        _registers?.Save();
    }

    private void Restore()
    {
        if (_format.HasXsave)
        {
            _host.RestoreExtended(_image, _format.Components & ~(ulong)ExtendedState.Sse);
            _host.Xcr0 = _xcr0;
        }
        else
        {
            _host.RestoreLegacy(_image);
        }

        _host.WriteDebugAddresses(_debugAddresses);
        _registers?.Restore();
        if (_format.HasTscAux)
        {
            _host.WriteMsr(Msr.TscAux, _tscAux);
        }

        // Another guest ran here before: its branches must not steer this one's speculation.
        if (_format.HasPredictionBarrier)
        {
            _host.WriteMsr(Msr.PredictionCommand, PredictionBarrier);
        }
    }
}
