using System;
using System.Collections.Generic;
using System.Linq;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>
/// Finds 64-bit arithmetic that IL2CPU gets wrong. The instructions do not say how wide their operands are, so the
/// evaluation stack is followed through each method, as far as widths and constants go.
/// </summary>
internal static class Arithmetic
{
    private static readonly Value Unknown = new(false, null, false);
    private static readonly Value Wide = new(true, null, false);

    /// <summary>The breaches in a method that has a body.</summary>
    public static List<Breach> Check(MethodDefinition method)
    {
        List<Breach> breaches = [];
        HashSet<Instruction> seen = [];
        HashSet<Instruction> targets = [.. method.Body.Instructions.SelectMany(Targets)];
        Stack<(Instruction At, Value[] Stack)> pending = new();
        pending.Push((method.Body.Instructions[0], []));
        foreach (ExceptionHandler handler in method.Body.ExceptionHandlers)
        {
            pending.Push((handler.HandlerStart, [Unknown]));
            if (handler.FilterStart is not null)
            {
                pending.Push((handler.FilterStart, [Unknown]));
            }
        }

        while (pending.Count > 0)
        {
            (Instruction? at, Value[] entry) = pending.Pop();
            List<Value> stack = [.. entry];
            while (at is not null && seen.Add(at))
            {
                if (targets.Contains(at))
                {
                    // Another way here may bring another number.
                    stack = [.. stack.Select(value => value with { Constant = null, FitsIn32 = false })];
                }

                if (RuleOf(at, stack) is { } rule)
                {
                    breaches.Add(new Breach(rule, method.FullName, at.ToString()));
                }

                Step(method, at, stack);
                foreach (Instruction target in Targets(at))
                {
                    pending.Push((target, [.. stack]));
                }

                at = at.OpCode.FlowControl is FlowControl.Branch or FlowControl.Return or FlowControl.Throw ? null : at.Next;
            }
        }

        return breaches;
    }

    private static string? RuleOf(Instruction at, List<Value> stack)
    {
        Value last = stack.Count > 0 ? stack[^1] : Unknown;
        bool isWide = last.IsWide || (stack.Count > 1 && stack[^2].IsWide);
        bool divisorFitsIn32 = last.FitsIn32 || last.Constant is >= 0 and <= uint.MaxValue;
        return at.OpCode.Code switch
        {
            Code.Div or Code.Rem when isWide => "division of long",
            Code.Div_Un when isWide && !(divisorFitsIn32 || last.Constant > 0) => "divisor of ulong",
            Code.Rem_Un when isWide && !divisorFitsIn32 => "remainder of ulong",
            Code.Shr when stack[^2].IsWide && last.Constant is not (>= 0 and < 32) => "shift of long",
            // The compiler itself checks the size of a stackalloc.
            Code.Mul_Ovf or Code.Mul_Ovf_Un when at.Next?.OpCode.Code != Code.Localloc => "checked multiplication",
            _ => null,
        };
    }

    /// <summary>Does to the stack what an instruction does.</summary>
    private static void Step(MethodDefinition method, Instruction at, List<Value> stack)
    {
        int before = stack.Count;
        Value last = before > 0 ? stack[^1] : Unknown;
        Value second = before > 1 ? stack[^2] : Unknown;
        int popped = Popped(method, at, before);
        if (popped > before)
        {
            throw new InvalidOperationException($"The stack runs empty in {method.FullName} at {at}.");
        }

        stack.RemoveRange(before - popped, popped);
        Value? result = ResultOf(method, at, last, second);
        if (at.OpCode.Code == Code.Dup)
        {
            stack.Add(last);
        }

        if (result is { } value)
        {
            stack.Add(value);
        }
    }

    private static Value? ResultOf(MethodDefinition method, Instruction at, Value last, Value second)
    {
        switch (at.OpCode.Code)
        {
            case Code.Dup:
                return last;
            case Code.Ldc_I8:
                return new Value(true, (long)at.Operand, false);
            case Code.Conv_U8:
            case Code.Conv_I8:
                return new Value(
                    true, last.IsWide || last.Constant is >= 0
                    ? last.Constant : null, at.OpCode.Code == Code.Conv_U8 && !last.IsWide);
            case Code.Conv_Ovf_I8:
            case Code.Conv_Ovf_U8:
            case Code.Conv_Ovf_I8_Un:
            case Code.Conv_Ovf_U8_Un:
            case Code.Ldind_I8:
            case Code.Ldelem_I8:
                return Wide;
            case Code.And:
                bool isMasked = last.FitsIn32 || second.FitsIn32 || last.Constant is >= 0 and <= uint.MaxValue
                    || second.Constant is >= 0 and <= uint.MaxValue;
                return new Value(last.IsWide || second.IsWide, null, isMasked);
            case Code.Add or Code.Sub or Code.Mul or Code.Div or Code.Div_Un or Code.Rem or Code.Rem_Un or Code.Or or Code.Xor
                or Code.Add_Ovf or Code.Add_Ovf_Un or Code.Sub_Ovf or Code.Sub_Ovf_Un or Code.Mul_Ovf or Code.Mul_Ovf_Un:
                return new Value(last.IsWide || second.IsWide, null, false);
            case Code.Shl or Code.Shr or Code.Shr_Un:
                return new Value(second.IsWide, null, false);
            case Code.Neg or Code.Not:
                return new Value(last.IsWide, null, false);
            case Code.Call or Code.Callvirt:
                MethodReference called = (MethodReference)at.Operand;
                return IsVoid(called.ReturnType) ? null : Of(Close(called.ReturnType, called));
            case Code.Calli:
                return IsVoid(((CallSite)at.Operand).ReturnType) ? null : Of(((CallSite)at.Operand).ReturnType);
            case Code.Ldfld or Code.Ldsfld:
                FieldReference field = (FieldReference)at.Operand;
                return Of(Close(field.FieldType, field));
            case Code.Ldobj or Code.Ldelem_Any or Code.Unbox_Any:
                return Of((TypeReference)at.Operand);
            case Code.Ldloc_0 or Code.Ldloc_1 or Code.Ldloc_2 or Code.Ldloc_3:
                return Of(method.Body.Variables[at.OpCode.Code - Code.Ldloc_0].VariableType);
            case Code.Ldloc or Code.Ldloc_S:
                return Of(((VariableDefinition)at.Operand).VariableType);
            case Code.Ldarg_0 or Code.Ldarg_1 or Code.Ldarg_2 or Code.Ldarg_3:
                int index = at.OpCode.Code - Code.Ldarg_0 - (method.HasThis ? 1 : 0);
                return index < 0 ? Unknown : Of(method.Parameters[index].ParameterType);
            case Code.Ldarg or Code.Ldarg_S:
                return Of(((ParameterDefinition)at.Operand).ParameterType);
            default:
                return at.OpCode.StackBehaviourPush == StackBehaviour.Push0 ? null
                    : new Value(at.OpCode.StackBehaviourPush == StackBehaviour.Pushi8, ConstantOf(at), false);
        }
    }

    private static long? ConstantOf(Instruction at) => at.OpCode.Code switch
    {
        Code.Ldc_I4_M1 => -1,
        >= Code.Ldc_I4_0 and <= Code.Ldc_I4_8 => at.OpCode.Code - Code.Ldc_I4_0,
        Code.Ldc_I4_S => (sbyte)at.Operand,
        Code.Ldc_I4 => (int)at.Operand,
        _ => null,
    };

    private static int Popped(MethodDefinition method, Instruction at, int depth) => at.OpCode.StackBehaviourPop switch
    {
        StackBehaviour.Pop0 => 0,
        StackBehaviour.Pop1 or StackBehaviour.Popi or StackBehaviour.Popref => 1,
        StackBehaviour.Pop1_pop1 or StackBehaviour.Popi_pop1 or StackBehaviour.Popi_popi or StackBehaviour.Popi_popi8
            or StackBehaviour.Popi_popr4 or StackBehaviour.Popi_popr8 or StackBehaviour.Popref_pop1
                or StackBehaviour.Popref_popi => 2,
        StackBehaviour.Popi_popi_popi or StackBehaviour.Popref_popi_popi or StackBehaviour.Popref_popi_popi8
            or StackBehaviour.Popref_popi_popr4 or StackBehaviour.Popref_popi_popr8 or StackBehaviour.Popref_popi_popref => 3,
        StackBehaviour.PopAll => depth,
        StackBehaviour.Varpop when at.OpCode.Code == Code.Ret => IsVoid(method.ReturnType) ? 0 : 1,
        StackBehaviour.Varpop => PoppedByCall(at),
        _ => throw new NotSupportedException(at.ToString()),
    };

    private static int PoppedByCall(Instruction at)
    {
        IMethodSignature called = (IMethodSignature)at.Operand;
        int popped = called.Parameters.Count;
        popped += called.HasThis && at.OpCode.Code != Code.Newobj ? 1 : 0;
        return popped + (at.OpCode.Code == Code.Calli ? 1 : 0);
    }

    private static IEnumerable<Instruction> Targets(Instruction at) => at.Operand switch
    {
        Instruction target => [target],
        Instruction[] targets => targets,
        _ => [],
    };

    private static bool IsVoid(TypeReference type) =>
        (type is IModifierType modified ? modified.ElementType : type).MetadataType == MetadataType.Void;

    /// <summary>A type as it is where the member's generic parameters are known.</summary>
    private static TypeReference Close(TypeReference type, MemberReference member)
        => type is not GenericParameter parameter ? type
        : parameter.Type == GenericParameterType.Method && member is GenericInstanceMethod method
            ? method.GenericArguments[parameter.Position]
        : parameter.Type == GenericParameterType.Type && member.DeclaringType is GenericInstanceType owner
            ? owner.GenericArguments[parameter.Position]
        : type;

    private static Value Of(TypeReference type)
    {
        TypeReference plain = type is ByReferenceType
            ? type : type.IsValueType && !type.IsPrimitive && type.Resolve() is { IsEnum: true } definition
            ? definition.Fields.First(field => !field.IsStatic).FieldType : type;
        return plain.MetadataType is MetadataType.Int64 or MetadataType.UInt64 ? Wide : Unknown;
    }

    /// <summary>What is known of a value on the stack.</summary>
    /// <param name="IsWide">It has 64 bits.</param>
    /// <param name="Constant">Its number, where it is a constant.</param>
    /// <param name="FitsIn32">It is not negative and below 2^32, though it may have 64 bits.</param>
    private readonly record struct Value(bool IsWide, long? Constant, bool FitsIn32);
}
