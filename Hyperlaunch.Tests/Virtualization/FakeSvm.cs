using System.Collections.Generic;
using Hyperlaunch.Virtualization.Guests;
using Hyperlaunch.Virtualization.Svm;

namespace Hyperlaunch.Tests.Virtualization;

/// <summary>SVM without a guest: a test says what each run ends with by writing to the control block.</summary>
internal sealed unsafe class FakeSvm : SvmInstructions
{
    /// <summary>What a run ends with.</summary>
    public delegate void Ending(Vmcb* block);

    /// <summary>The endings of the next runs; the last one is that of all that follow.</summary>
    public Queue<Ending> Endings { get; } = new();

    /// <summary>EVENTINJ of each run.</summary>
    public List<ulong> Delivered { get; } = [];

    public int Saves { get; private set; }

    public override void Run(GuestContext* context)
    {
        Vmcb* block = (Vmcb*)context->GuestBlock;
        Delivered.Add(block->EventInjection);
        block->ExitInterruptInfo = 0;
        (Endings.Count > 1 ? Endings.Dequeue() : Endings.Peek())(block);
    }

    public override void Save(ulong block) => Saves++;

    /// <summary>A run that ends with an exit.</summary>
    public void EndsWith(SvmExitCode code, ulong info = 0) => Endings.Enqueue(block =>
    {
        block->ExitCode = (ulong)code;
        block->ExitInfo1 = info;
    });
}
