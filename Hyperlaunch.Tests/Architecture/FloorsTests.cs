using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Hyperlaunch.Tests.Kernel;
using Hyperlaunch.Tests.Violations;
using Xunit;

namespace Hyperlaunch.Tests.Architecture;

/// <summary>Every room of the house uses what the table of floors allows and nothing else.</summary>
public class FloorsTests
{
    private static readonly Lazy<List<RoomArrow>> Arrows = new(() => RoomArrows.Of(House.Product()));

    [Fact]
    public void No_room_uses_what_the_table_does_not_allow() =>
        Assert.Empty(FloorTable.Forbidden(Arrows.Value).Select(arrow => $"{arrow.From} -> {arrow.To}: {arrow.Example}"));

    [Fact]
    public void The_table_allows_nothing_that_no_room_uses()
    {
        HashSet<(string, string)> used = [.. Arrows.Value.Select(arrow => (arrow.From, arrow.To))];

        Assert.Empty(FloorTable.Rooms.SelectMany(
            room => room.Uses.Where(use => !used.Contains((room.Name, use))).Select(use => $"{room.Name} -> {use}")));
    }

    [Fact]
    public void The_table_leads_downwards_only()
    {
        HashSet<string> below = [];
        foreach (Room room in FloorTable.Rooms)
        {
            Assert.All(room.Uses, use => Assert.True(
                below.Contains(use) || FloorTable.IsKnot(room.Name, use), $"{room.Name} -> {use} leads upwards."));
            Assert.True(below.Add(room.Name), $"{room.Name} stands twice in the table.");
        }
    }

    [Fact]
    public void The_document_shows_the_table()
    {
        string path = Path.Combine(RepositoryFiles.Root, "docs/architecture.md");
        string table = FloorTable.Markdown();

        Assert.True(File.ReadAllText(
            path).Contains(table, StringComparison.Ordinal), "docs/architecture.md should hold this table:\n" + table);
    }

    [Fact]
    public void An_arrow_that_is_not_in_the_table_is_found_with_an_example()
    {
        List<RoomArrow> arrows = RoomArrows.Of([typeof(BreaksAttribute).Assembly.Location]);

        RoomArrow forbidden = Assert.Single(FloorTable.Forbidden(arrows), arrow => arrow.From == "Tests/Violations/Cellar");
        Assert.Equal("Tests/Violations/Attic", forbidden.To);
        Assert.Equal("Stove..ctor names Chimney", forbidden.Example);
    }
}
