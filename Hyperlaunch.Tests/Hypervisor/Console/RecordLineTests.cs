using System;
using System.Text;
using System.Text.Json;
using Hyperlaunch.Hypervisor.Console;
using Xunit;

namespace Hyperlaunch.Tests.Hypervisor.Console;

/// <summary>One record in its three forms: no value can end itself, another's line, or pass for a key.</summary>
public sealed class RecordLineTests
{
    private readonly RecordLine _line = new(8190);

    [Theory]
    [InlineData(0, "word", "key=word")]
    [InlineData(0, "two words", "key=\"two words\"")]
    [InlineData(0, "", "key=\"\"")]
    [InlineData(0, "a\"b", "key=\"a'b\"")]
    [InlineData(0, "a\\b", "key=a\\b")]
    [InlineData(1, "word", "key=word")]
    [InlineData(1, "two words", "key=\"two words\"")]
    [InlineData(1, "", "key=\"\"")]
    [InlineData(1, "a\"b", "key=\"a\\\"b\"")]
    [InlineData(1, "a\\b", "key=\"a\\\\b\"")]
    [InlineData(2, "word", "{\"key\":\"word\"}")]
    [InlineData(2, "a\"b", "{\"key\":\"a\\\"b\"}")]
    [InlineData(2, "a\nb", "{\"key\":\"a?b\"}")]
    public void A_value_is_quoted_as_its_form_quotes(int style, string value, string shown)
    {
        _line.Begin((RecordStyle)style);
        _line.Add("key", value);
        Assert.Equal(shown + "\r\n", End());
    }

    [Theory]
    [InlineData(0, "word a=1 b=0x2 c=ff00 d=yes e=\"word\"")]
    [InlineData(1, "word a=1 b=0x2 c=ff00 d=yes e=\"word\"")]
    public void Keys_follow_the_first_words_with_a_blank_between(int style, string shown)
    {
        _line.Begin((RecordStyle)style);
        _line.Text("word");
        AddAll();
        Assert.Equal(shown + "\r\n", End());
    }

    [Fact]
    public void A_record_without_first_words_begins_with_its_key()
    {
        _line.Begin(RecordStyle.Answer);
        AddAll();
        Assert.StartsWith("a=1 b=0x2 ", End(), StringComparison.Ordinal);
    }

    [Fact]
    public void Json_keeps_truths_and_numbers_and_writes_hexadecimal_as_text()
    {
        _line.Begin(RecordStyle.Json);
        AddAll();
        using JsonDocument json = JsonDocument.Parse(End());
        Assert.Equal(1, json.RootElement.GetProperty("a").GetInt32());
        Assert.Equal("0x2", json.RootElement.GetProperty("b").GetString());
        Assert.Equal("ff00", json.RootElement.GetProperty("c").GetString());
        Assert.True(json.RootElement.GetProperty("d").GetBoolean());
    }

    [Fact]
    public void Text_too_long_is_cut_visibly_inside_its_quotes_and_what_follows_still_fits()
    {
        _line.Begin(RecordStyle.Json);
        _line.Add("long", new string('\\', 5000));
        _line.Add("next", 1);
        using JsonDocument json = JsonDocument.Parse(End());
        Assert.EndsWith("\\~", json.RootElement.GetProperty("long").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, json.RootElement.GetProperty("next").GetInt32());
    }

    private void AddAll()
    {
        _line.Add("a", 1);
        _line.AddHex("b", 2);
        _line.AddHex("c", [0xFF, 0x00]);
        _line.Add("d", true);
        _line.AddQuoted("e", "word");
    }

    private string End()
    {
        _line.End();
        return Encoding.Latin1.GetString(_line.Bytes);
    }
}
