using System.Linq;
using System.Text;

namespace Hyperlaunch.Tool.Writing;

/// <summary>Device tree source text, indented.</summary>
internal sealed class DtsText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    /// <summary>Starts a source with a comment of some lines.</summary>
    public DtsText(params string[] comment)
    {
        foreach (string line in comment)
        {
            _text.Append(line.Length == 0 ? "//\n" : $"// {line}\n");
        }

        _text.Append("/dts-v1/;\n\n");
    }

    /// <summary>Opens a node, after an empty line unless it is the first thing in its parent.</summary>
    public void Open(string name)
    {
        if (_text.Length > 2 && _text[^2] is not ('{' or '\n'))
        {
            _text.Append('\n');
        }

        Line(name + " {");
        _depth++;
    }

    /// <summary>Closes the node opened last.</summary>
    public void Close()
    {
        _depth--;
        Line("};");
    }

    /// <summary>A property that is strings.</summary>
    public void Strings(string name, params string[] values)
        => Line($"{name} = {string.Join(", ", values.Select(Quote))};");

    /// <summary>A property that is cells.</summary>
    public void Cells(string name, string cells, string comment = "")
        => Line($"{name} = <{cells}>;{(comment.Length > 0 ? " // " + comment : "")}");

    /// <summary>A property that is a number of 64 bits.</summary>
    public void Number64(string name, ulong value, string comment = "")
        => Cells(name, $"0x{value >> 32:x} 0x{value & uint.MaxValue:x}", comment);

    /// <summary>A property that is bytes.</summary>
    public void Bytes(string name, byte[] value)
        => Line($"{name} = [{string.Join(' ', value.Select(item => item.ToString("X2", null)))}];");

    /// <summary>A property without a value.</summary>
    public void Flag(string name, string comment = "") => Line($"{name};{(comment.Length > 0 ? " // " + comment : "")}");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private static string Quote(string value)
        => "\"" + value.Replace(
        "\\", "\\\\", System.StringComparison.Ordinal).Replace("\"", "\\\"", System.StringComparison.Ordinal) + "\"";

    private void Line(string text) => _text.Append(' ', 4 * _depth).Append(text).Append('\n');
}
