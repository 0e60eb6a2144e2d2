using System;
using System.Text;
using Hyperlaunch.Hypervisor.Execution;
using Hyperlaunch.Machine.X86;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Execution;

public sealed class InstructionDecoderTests
{
    /// <summary>Code bits, bytes, the instruction in AT&amp;T syntax (encoded by GNU as), what must be decoded.</summary>
    public static TheoryData<int, string, string, string> Known => new()
    {
        { 64, "8803", "movb %al,(%rbx)", "Store 1 Rax" },
        { 64, "8823", "movb %ah,(%rbx)", "Store 1 Rax high" },
        { 64, "8839", "movb %bh,(%rcx)", "Store 1 Rbx high" },
        { 64, "408833", "movb %sil,(%rbx)", "Store 1 Rsi" },
        { 64, "40883B", "movb %dil,(%rbx)", "Store 1 Rdi" },
        { 64, "44880B", "movb %r9b,(%rbx)", "Store 1 R9" },
        { 64, "66890B", "movw %cx,(%rbx)", "Store 2 Rcx" },
        { 64, "8913", "movl %edx,(%rbx)", "Store 4 Rdx" },
        { 64, "48892B", "movq %rbp,(%rbx)", "Store 8 Rbp" },
        { 64, "45893E", "movl %r15d,(%r14)", "Store 4 R15" },
        { 64, "4F8984E578563412", "movq %r8,0x12345678(%r13,%r12,8)", "Store 8 R8" },
        { 64, "89442410", "movl %eax,0x10(%rsp)", "Store 4 Rax" },
        { 64, "890424", "movl %eax,(%rsp)", "Store 4 Rax" },
        { 64, "41890424", "movl %eax,(%r12)", "Store 4 Rax" },
        { 64, "894500", "movl %eax,(%rbp)", "Store 4 Rax" },
        { 64, "41894500", "movl %eax,(%r13)", "Store 4 Rax" },
        { 64, "890500100000", "movl %eax,0x1000(%rip)", "Store 4 Rax" },
        { 64, "890425B000E07E", "movl %eax,0x7ee000b0", "Store 4 Rax" },
        { 64, "89048DB000E0FE", "movl %eax,-0x11ffF50(,%rcx,4)", "Store 4 Rax" },
        { 64, "678903", "movl %eax,(%ebx)", "Store 4 Rax a4" },
        { 64, "64894310", "movl %eax,%fs:0x10(%rbx)", "Store 4 Rax seg Fs" },
        { 64, "658903", "movl %eax,%gs:(%rbx)", "Store 4 Rax seg Gs" },
        { 64, "8A03", "movb (%rbx),%al", "Load 1 Rax" },
        { 64, "8A2B", "movb (%rbx),%ch", "Load 1 Rcx high" },
        { 64, "408A23", "movb (%rbx),%spl", "Load 1 Rsp" },
        { 64, "448A537F", "movb 0x7f(%rbx),%r10b", "Load 1 R10" },
        { 64, "668B33", "movw (%rbx),%si", "Load 2 Rsi" },
        { 64, "8B3B", "movl (%rbx),%edi", "Load 4 Rdi" },
        { 64, "488B23", "movq (%rbx),%rsp", "Load 8 Rsp" },
        { 64, "448B5880", "movl -0x80(%rax),%r11d", "Load 4 R11" },
        { 64, "4A8B0C48", "movq (%rax,%r9,2),%rcx", "Load 8 Rcx" },
        { 64, "A08877665544332211", "movabsb 0x1122334455667788,%al", "Load 1 Rax" },
        { 64, "A18877665544332211", "movabsl 0x1122334455667788,%eax", "Load 4 Rax" },
        { 64, "48A18877665544332211", "movabsq 0x1122334455667788,%rax", "Load 8 Rax" },
        { 64, "A28877665544332211", "movabsb %al,0x1122334455667788", "Store 1 Rax" },
        { 64, "66A38877665544332211", "movabsw %ax,0x1122334455667788", "Store 2 Rax" },
        { 64, "A3B000E0FE00000000", "movabsl %eax,0xfee000b0", "Store 4 Rax" },
        { 64, "48A38877665544332211", "movabsq %rax,0x1122334455667788", "Store 8 Rax" },
        { 64, "67A3B000E0FE", "addr32 movl %eax,0xfee000b0", "Store 4 Rax a4" },
        { 64, "C6037F", "movb $0x7f,(%rbx)", "Store 1 imm 7F" },
        { 64, "C603FF", "movb $-1,(%rbx)", "Store 1 imm FFFFFFFFFFFFFFFF" },
        { 64, "66C7030180", "movw $0x8001,(%rbx)", "Store 2 imm FFFFFFFFFFFF8001" },
        { 64, "C70378563412", "movl $0x12345678,(%rbx)", "Store 4 imm 12345678" },
        { 64, "C7431000000080", "movl $0x80000000,0x10(%rbx)", "Store 4 imm FFFFFFFF80000000" },
        { 64, "48C703FEFFFFFF", "movq $-2,(%rbx)", "Store 8 imm FFFFFFFFFFFFFFFE" },
        { 64, "C7050001000000000000", "movl $0,0x100(%rip)", "Store 4 imm 0" },
        { 64, "4BC7848878563412FFFFFF7F", "movq $0x7fffffff,0x12345678(%r8,%r9,4)", "Store 8 imm 7FFFFFFF" },
        { 64, "0FB603", "movzbl (%rbx),%eax", "Load 1>4 Rax" },
        { 64, "660FB603", "movzbw (%rbx),%ax", "Load 1>2 Rax" },
        { 64, "480FB613", "movzbq (%rbx),%rdx", "Load 1>8 Rdx" },
        { 64, "0FB733", "movzwl (%rbx),%esi", "Load 2>4 Rsi" },
        { 64, "4C0FB703", "movzwq (%rbx),%r8", "Load 2>8 R8" },
        { 64, "0FBE03", "movsbl (%rbx),%eax", "Load 1>4 sign Rax" },
        { 64, "660FBE0B", "movsbw (%rbx),%cx", "Load 1>2 sign Rcx" },
        { 64, "4C0FBE0B", "movsbq (%rbx),%r9", "Load 1>8 sign R9" },
        { 64, "0FBF3B", "movswl (%rbx),%edi", "Load 2>4 sign Rdi" },
        { 64, "480FBF2B", "movswq (%rbx),%rbp", "Load 2>8 sign Rbp" },
        { 64, "486303", "movslq (%rbx),%rax", "Load 4>8 sign Rax" },
        { 64, "4D635A08", "movslq 8(%r10),%r11", "Load 4>8 sign R11" },
        { 64, "6303", "movsxd (%rbx),%eax", "Load 4 sign Rax" },
        { 64, "666303", "movsxd (%rbx),%ax", "Load 2 sign Rax" },
        { 64, "0003", "addb %al,(%rbx)", "Add 1 Rax mem" },
        { 64, "010B", "addl %ecx,(%rbx)", "Add 4 Rcx mem" },
        { 64, "48030B", "addq (%rbx),%rcx", "Add 8 Rcx reg" },
        { 64, "0233", "addb (%rbx),%dh", "Add 1 Rdx high reg" },
        { 64, "440823", "orb %r12b,(%rbx)", "Or 1 R12 mem" },
        { 64, "830B10", "orl $0x10,(%rbx)", "Or 4 imm 10" },
        { 64, "480B03", "orq (%rbx),%rax", "Or 8 Rax reg" },
        { 64, "1103", "adcl %eax,(%rbx)", "AddWithCarry 4 Rax mem" },
        { 64, "801301", "adcb $1,(%rbx)", "AddWithCarry 1 imm 1" },
        { 64, "661B13", "sbbw (%rbx),%dx", "SubtractWithBorrow 2 Rdx reg" },
        { 64, "48831BFF", "sbbq $-1,(%rbx)", "SubtractWithBorrow 8 imm FFFFFFFFFFFFFFFF" },
        { 64, "8023F0", "andb $0xf0,(%rbx)", "And 1 imm FFFFFFFFFFFFFFF0" },
        { 64, "812301000080", "andl $0x80000001,(%rbx)", "And 4 imm FFFFFFFF80000001" },
        { 64, "8323F0", "andl $-16,(%rbx)", "And 4 imm FFFFFFFFFFFFFFF0" },
        { 64, "4D2309", "andq (%r9),%r9", "And 8 R9 reg" },
        { 64, "294720", "subl %eax,0x20(%rdi)", "Subtract 4 Rax mem" },
        { 64, "662B2F", "subw (%rdi),%bp", "Subtract 2 Rbp reg" },
        { 64, "48812F00100000", "subq $0x1000,(%rdi)", "Subtract 8 imm 1000" },
        { 64, "3100", "xorl %eax,(%rax)", "Xor 4 Rax mem" },
        { 64, "3200", "xorb (%rax),%al", "Xor 1 Rax reg" },
        { 64, "6681303412", "xorw $0x1234,(%rax)", "Xor 2 imm 1234" },
        { 64, "3903", "cmpl %eax,(%rbx)", "Compare 4 Rax mem" },
        { 64, "3B03", "cmpl (%rbx),%eax", "Compare 4 Rax reg" },
        { 64, "803B00", "cmpb $0,(%rbx)", "Compare 1 imm 0" },
        { 64, "813BFF000000", "cmpl $0xff,(%rbx)", "Compare 4 imm FF" },
        { 64, "48833B80", "cmpq $-128,(%rbx)", "Compare 8 imm FFFFFFFFFFFFFF80" },
        { 64, "8403", "testb %al,(%rbx)", "Test 1 Rax mem" },
        { 64, "4C853B", "testq %r15,(%rbx)", "Test 8 R15 mem" },
        { 64, "F60301", "testb $1,(%rbx)", "Test 1 imm 1" },
        { 64, "F7830003000000100000", "testl $0x1000,0x300(%rbx)", "Test 4 imm 1000" },
        { 64, "66F7030080", "testw $0x8000,(%rbx)", "Test 2 imm FFFFFFFFFFFF8000" },
        { 64, "48F703FFFFFFFF", "testq $-1,(%rbx)", "Test 8 imm FFFFFFFFFFFFFFFF" },
        { 64, "F70B01000000", "testl $0x1,(%rbx)", "Test 4 imm 1" },
        { 64, "8703", "xchgl %eax,(%rbx)", "Exchange 4 Rax mem lock" },
        { 64, "860B", "xchgb %cl,(%rbx)", "Exchange 1 Rcx mem lock" },
        { 64, "F0488703", "lock xchgq %rax,(%rbx)", "Exchange 8 Rax mem lock" },
        { 64, "F00103", "lock addl %eax,(%rbx)", "Add 4 Rax mem lock" },
        { 64, "F0800B01", "lock orb $1,(%rbx)", "Or 1 imm 1 lock" },
        { 64, "F08323FE", "lock andl $-2,(%rbx)", "And 4 imm FFFFFFFFFFFFFFFE lock" },
        { 64, "0FA303", "btl %eax,(%rbx)", "BitTest 4 Rax mem" },
        { 64, "0FAB0B", "btsl %ecx,(%rbx)", "BitTestAndSet 4 Rcx mem" },
        { 64, "F04C0FAB03", "lock btsq %r8,(%rbx)", "BitTestAndSet 8 R8 mem lock" },
        { 64, "660FB313", "btrw %dx,(%rbx)", "BitTestAndReset 2 Rdx mem" },
        { 64, "0FBB13", "btcl %edx,(%rbx)", "BitTestAndComplement 4 Rdx mem" },
        { 64, "0FBA231F", "btl $31,(%rbx)", "BitTest 4 imm 1F" },
        { 64, "0FBA2B07", "btsl $7,(%rbx)", "BitTestAndSet 4 imm 7" },
        { 64, "F00FBA3300", "lock btrl $0,(%rbx)", "BitTestAndReset 4 imm 0 lock" },
        { 64, "480FBA3B3F", "btcq $63,(%rbx)", "BitTestAndComplement 8 imm 3F" },
        { 64, "FE03", "incb (%rbx)", "Increment 1 one" },
        { 64, "66FF03", "incw (%rbx)", "Increment 2 one" },
        { 64, "FF4310", "incl 0x10(%rbx)", "Increment 4 one" },
        { 64, "F048FF03", "lock incq (%rbx)", "Increment 8 one lock" },
        { 64, "FE0B", "decb (%rbx)", "Decrement 1 one" },
        { 64, "FF0D00010000", "decl 0x100(%rip)", "Decrement 4 one" },
        { 64, "F61424", "notb (%rsp)", "Complement 1 one" },
        { 64, "49F713", "notq (%r11)", "Complement 8 one" },
        { 64, "F0F71B", "lock negl (%rbx)", "Negate 4 one lock" },
        { 64, "66F71B", "negw (%rbx)", "Negate 2 one" },
        { 64, "AA", "stosb", "StoreString 1 Rax" },
        { 64, "66AB", "stosw", "StoreString 2 Rax" },
        { 64, "AB", "stosl", "StoreString 4 Rax" },
        { 64, "48AB", "stosq", "StoreString 8 Rax" },
        { 64, "F3AB", "rep stosl", "StoreString 4 Rax rep" },
        { 64, "67F3AA", "addr32 rep stosb", "StoreString 1 Rax rep a4" },
        { 64, "A4", "movsb", "MoveString 1 Rax" },
        { 64, "48A5", "movsq", "MoveString 8 Rax" },
        { 64, "F3A5", "rep movsl", "MoveString 4 Rax rep" },
        { 64, "64F3A4", "rep movsb %fs:(%rsi),%es:(%rdi)", "MoveString 1 Rax rep seg Fs" },
        { 64, "F2A5", "repnz movsl %ds:(%rsi),%es:(%rdi)", "MoveString 4 Rax rep" },
        { 64, "2E8903", "cs mov %eax,(%rbx)", "Store 4 Rax" },
        { 64, "48668903", "rex.W mov %ax,(%rbx)", "Store 2 Rax" },
        { 64, "66488903", "data16 mov %rax,(%rbx)", "Store 8 Rax" },
        { 64, "41408903", "rex.B rex mov %eax,(%rbx)", "Store 4 Rax" },
        { 64, "F38903", "xrelease mov %eax,(%rbx)", "Store 4 Rax" },
        { 64, "666666666666666666666666668903", "movw %ax,(%rbx) with thirteen operand-size prefixes", "Store 2 Rax" },
        { 32, "8903", "movl %eax,(%ebx)", "Store 4 Rax" },
        { 32, "A3B000E0FE", "movl %eax,0xfee000b0", "Store 4 Rax" },
        { 32, "A12000E0FE", "movl 0xfee00020,%eax", "Load 4 Rax" },
        { 32, "8B2D1000C0FE", "movl 0xfec00010,%ebp", "Load 4 Rbp" },
        { 32, "88250000C0FE", "movb %ah,0xfec00000", "Store 1 Rax high" },
        { 32, "88150000C0FE", "movb %dl,0xfec00000", "Store 1 Rdx" },
        { 32, "A00000C0FE", "movb 0xfec00000,%al", "Load 1 Rax" },
        { 32, "66A300100000", "movw %ax,0x1000", "Store 2 Rax" },
        { 32, "C7051000C0FE78563412", "movl $0x12345678,0xfec00010", "Store 4 imm 12345678" },
        { 32, "89B49080000000", "movl %esi,0x80(%eax,%edx,4)", "Store 4 Rsi" },
        { 32, "897500", "movl %esi,(%ebp)", "Store 4 Rsi" },
        { 32, "8B3424", "movl (%esp),%esi", "Load 4 Rsi" },
        { 32, "67668900", "movw %ax,(%bx,%si)", "Store 2 Rax a2" },
        { 32, "67894610", "movl %eax,0x10(%bp)", "Store 4 Rax a2" },
        { 32, "678905", "movl %eax,(%di)", "Store 4 Rax a2" },
        { 32, "268903", "movl %eax,%es:(%ebx)", "Store 4 Rax seg Es" },
        { 32, "368903", "movl %eax,%ss:(%ebx)", "Store 4 Rax seg Ss" },
        { 32, "0FB603", "movzbl (%ebx),%eax", "Load 1>4 Rax" },
        { 32, "0FBF03", "movswl (%ebx),%eax", "Load 2>4 sign Rax" },
        { 32, "810DF000E0FE00010000", "orl $0x100,0xfee000f0", "Or 4 imm 100" },
        { 32, "820BFF", "orb $0xff,(%ebx)", "Or 1 imm FFFFFFFFFFFFFFFF" },
        { 32, "833814", "cmpl $0x14,(%eax)", "Compare 4 imm 14" },
        { 32, "8718", "xchgl %ebx,(%eax)", "Exchange 4 Rbx mem lock" },
        { 32, "F3A5", "rep movsl", "MoveString 4 Rax rep" },
        { 32, "2EF3A5", "rep movsl %cs:(%esi),%es:(%edi)", "MoveString 4 Rax rep seg Cs" },
        { 32, "66AB", "stosw", "StoreString 2 Rax" },
        { 16, "8907", "movw %ax,(%bx)", "Store 2 Rax" },
        { 16, "668907", "movl %eax,(%bx)", "Store 4 Rax" },
        { 16, "A23412", "movb %al,0x1234", "Store 1 Rax" },
        { 16, "A13412", "movw 0x1234,%ax", "Load 2 Rax" },
        { 16, "668B0E3412", "movl 0x1234,%ecx", "Load 4 Rcx" },
        { 16, "890E3412", "movw %cx,0x1234", "Store 2 Rcx" },
        { 16, "C643105A", "movb $0x5a,0x10(%bp,%di)", "Store 1 imm 5A" },
        { 16, "C7840010AA55", "movw $0x55aa,0x1000(%si)", "Store 2 imm 55AA" },
        { 16, "67668903", "movl %eax,(%ebx)", "Store 4 Rax a4" },
        { 16, "6667A3B000E0FE", "addr32 movl %eax,0xfee000b0", "Store 4 Rax a4" },
        { 16, "6766C7044878563412", "movl $0x12345678,(%eax,%ecx,2)", "Store 4 imm 12345678 a4" },
        { 16, "800F01", "orb $1,(%bx)", "Or 1 imm 1" },
        { 16, "26F7070080", "testw $0x8000,%es:(%bx)", "Test 2 imm FFFFFFFFFFFF8000 seg Es" },
        { 16, "FF07", "incw (%bx)", "Increment 2 one" },
        { 16, "66F71F", "negl (%bx)", "Negate 4 one" },
        { 16, "0FB607", "movzbw (%bx),%ax", "Load 1>2 Rax" },
        { 16, "F3AB", "rep stosw", "StoreString 2 Rax rep" },
        { 16, "F3A4", "rep movsb", "MoveString 1 Rax rep" },
    };

    /// <summary>Code bits, bytes, why they are refused.</summary>
    public static TheoryData<int, string, string> Refused => new()
    {
        { 64, "", "nothing" },
        { 64, "89", "no ModRM" },
        { 64, "89C3", "mov between registers" },
        { 64, "8B04", "no SIB" },
        { 64, "8B0425000000", "displacement cut short" },
        { 64, "8B4D", "displacement of one byte missing" },
        { 64, "C703010000", "immediate cut short" },
        { 64, "48A1112233445566", "offset cut short" },
        { 64, "C70B01000000", "C7 with an extension other than 0" },
        { 64, "F623", "mul" },
        { 64, "F73B", "idiv" },
        { 64, "FE13", "FE with an extension above 1" },
        { 64, "FF13", "call" },
        { 64, "FEC0", "inc of a register" },
        { 64, "F7D0", "not of a register" },
        { 64, "FF33", "push" },
        { 64, "8F03", "pop" },
        { 64, "0405", "add to al" },
        { 64, "06", "push es" },
        { 64, "820B01", "82 does not exist in 64-bit mode" },
        { 32, "6303", "arpl" },
        { 32, "4889", "dec eax, not REX" },
        { 64, "0F", "escape without an opcode" },
        { 64, "0FBA1B01", "0F BA with an extension below 4" },
        { 64, "0FA3C3", "bt between registers" },
        { 64, "0FB003", "cmpxchg" },
        { 64, "0F1103", "movups" },
        { 64, "C5F81103", "vmovups" },
        { 64, "0F05", "syscall" },
        { 64, "0F38F003", "movbe" },
        { 64, "F08903", "lock mov" },
        { 64, "F03903", "lock cmp" },
        { 64, "F08503", "lock test" },
        { 64, "F00FA303", "lock bt" },
        { 64, "F00303", "lock add to a register" },
        { 64, "F0AA", "lock stos" },
        { 64, "F0A4", "lock movs" },
        { 64, "F0C70301000000", "lock mov of an immediate" },
        { 64, "90", "nop" },
        { 64, "F4", "hlt" },
        { 64, "666666666666666666666666666689", "fifteen bytes and no end" },
        { 64, "66666666666666666666666666668903", "sixteen bytes" },
        { 64, "66666666666666666666666666666666", "prefixes only" },
        { 64, "48484848484848484848484848484848", "REX only" },
        { 64, "2E2E2E2E2E4881840011223344AABBCCDD", "an immediate beyond the fifteenth byte" },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void Decodes(int bits, string hex, string instruction, string expected)
    {
        byte[] code = Convert.FromHexString(hex);

        Assert.True(InstructionDecoder.TryDecode(code, bits, out MemoryInstruction decoded), instruction);
        Assert.Equal(expected, Describe(decoded, bits));
        Assert.Equal(code.Length, decoded.Length);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Needs_all_its_bytes_and_no_more(int bits, string hex, string instruction, string expected)
    {
        byte[] code = Convert.FromHexString(hex);
        for (int length = 0; length < code.Length; length++)
        {
            Assert.False(InstructionDecoder.TryDecode(code.AsSpan(0, length), bits, out _), instruction);
        }

        byte[] longer = [.. code, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC];
        Assert.True(InstructionDecoder.TryDecode(longer, bits, out MemoryInstruction decoded));
        Assert.Equal(expected, Describe(decoded, bits));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses(int bits, string hex, string reason)
        => Assert.False(InstructionDecoder.TryDecode(Convert.FromHexString(hex), bits, out _), reason);

    [Theory]
    [InlineData("8B03", true, false)]
    [InlineData("8903", false, true)]
    [InlineData("C60301", false, true)]
    [InlineData("0103", true, true)]
    [InlineData("0303", true, false)]
    [InlineData("3903", true, false)]
    [InlineData("3B03", true, false)]
    [InlineData("8503", true, false)]
    [InlineData("F60301", true, false)]
    [InlineData("833B01", true, false)]
    [InlineData("832301", true, true)]
    [InlineData("8703", true, true)]
    [InlineData("FF03", true, true)]
    [InlineData("FE0B", true, true)]
    [InlineData("F613", true, true)]
    [InlineData("F71B", true, true)]
    [InlineData("0FA303", true, false)]
    [InlineData("0FAB03", true, true)]
    [InlineData("0FBA3305", true, true)]
    [InlineData("0FB603", true, false)]
    [InlineData("AA", false, true)]
    [InlineData("A4", true, true)]
    [InlineData("A10000000000000000", true, false)]
    [InlineData("A30000000000000000", false, true)]
    public void Says_whether_memory_is_read_and_written(string hex, bool isRead, bool isWrite)
    {
        Assert.True(InstructionDecoder.TryDecode(Convert.FromHexString(hex), 64, out MemoryInstruction decoded));

        Assert.Equal((isRead, isWrite), (decoded.IsRead, decoded.IsWrite));
    }

    [Fact]
    public void Any_bytes_give_an_answer_that_bytes_after_the_fifteenth_do_not_change()
    {
        Random random = new(9);
        byte[] interesting
            = [0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E, 0x64, 0x48, 0x44, 0x0F, 0x89, 0x8B, 0xC7, 0x81, 0x83, 0xF7, 0xA3, 0x84];
        int decodedCount = 0;
        for (int i = 0; i < 100_000; i++)
        {
            byte[] code = new byte[random.Next(24)];
            random.NextBytes(code);
            for (int k = random.Next(code.Length + 1); k > 0; k--)
            {
                code[random.Next(code.Length)] = interesting[random.Next(interesting.Length)];
            }

            int bits = 16 << random.Next(3);
            bool known = InstructionDecoder.TryDecode(code, bits, out MemoryInstruction decoded);
            int seen = Math.Min(code.Length, InstructionDecoder.MaximumLength);
            Assert.Equal(known, InstructionDecoder.TryDecode(code.AsSpan(0, seen), bits, out _));
            if (!known)
            {
                continue;
            }

            decodedCount++;
            Assert.InRange(decoded.Length, 1, seen);
            Assert.True(decoded.Size is 1 or 2 or 4 or 8 && decoded.RegisterSize >= decoded.Size && decoded.RegisterSize <= 8);
            Assert.True(decoded.IsRead || decoded.IsWrite);
            Assert.InRange((int)decoded.Register, 0, 15);
            Assert.True(InstructionDecoder.TryDecode(code.AsSpan(0, decoded.Length), bits, out _));
            Assert.False(InstructionDecoder.TryDecode(code.AsSpan(0, decoded.Length - 1), bits, out _));
        }

        Assert.True(decodedCount > 7_000);
    }

    private static string Describe(in MemoryInstruction instruction, int bits)
    {
        MemoryOperation operation = instruction.Operation;
        StringBuilder text = new($"{operation} {instruction.Size}");
        bool isMove = operation is MemoryOperation.Load or MemoryOperation.Store
            or MemoryOperation.StoreString or MemoryOperation.MoveString;
        bool isUnary = operation is MemoryOperation.Increment or MemoryOperation.Decrement
            or MemoryOperation.Complement or MemoryOperation.Negate;
        text.Append(instruction.RegisterSize != instruction.Size ? $">{instruction.RegisterSize}" : "");
        text.Append(instruction.IsSignExtended ? " sign" : "");
        text.Append(instruction.HasImmediate ? $" imm {instruction.Immediate:X}" : isUnary ? " one" : $" {instruction.Register}");
        text.Append(instruction.IsHighByte ? " high" : "");
        text.Append(isMove || isUnary || instruction.HasImmediate ? "" : instruction.IsMemoryFirst ? " mem" : " reg");
        text.Append(instruction.IsLocked ? " lock" : "");
        text.Append(instruction.IsRepeated ? " rep" : "");
        text.Append(instruction.Segment != SegmentRegister.Ds ? $" seg {instruction.Segment}" : "");
        text.Append(instruction.AddressSize * 8 != bits ? $" a{instruction.AddressSize}" : "");
        return text.ToString();
    }
}
