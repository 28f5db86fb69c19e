using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Core.Tests.Models;

public sealed class ModelGroupTests
{
    private static readonly ModelName Topics = Name("topics");

    [Theory]
    [InlineData("""{"group":["topic-cats","topic-boats"]}""", null, "topic-cats topic-boats")]
    [InlineData("""{"group":{"prefix":"topic-"}}""", "topic-", "")]
    public void A_group_lists_its_members_or_their_prefix(string json, string? prefix, string names)
    {
        var group = Read(json)!.Value.Value;

        Assert.Equal((prefix, names), (group.Prefix, string.Join(' ', group.Names)));
        Assert.Equal(json, Encoding.UTF8.GetString(group.Write()));
    }

    [Theory]
    [InlineData("""{"group":[]}""", "has no members")]
    [InlineData("""{"group":["a","b","a"]}""", "lists 'a' twice")]
    [InlineData("""{"group":["a","topics"]}""", "itself")]
    [InlineData("""{"group":["a",7]}""", "not a model name")]
    [InlineData("""{"group":["a","../b"]}""", "not a model name")]
    [InlineData("""{"group":"a"}""", "neither a list")]
    [InlineData("""{"group":{"prefix":7}}""", "neither a list")]
    [InlineData("""{"group":{"prefix":"a","names":[]}}""", "neither a list")]
    [InlineData("""{"group":{"prefix":""}}""", "no model's name can begin with")]
    [InlineData("""{"group":{"prefix":"A-"}}""", "no model's name can begin with")]
    [InlineData("""{"group":["a"],"labels":[]}""", "members other than")]
    [InlineData("""{"group":["a"]""", "is not valid JSON")]
    [InlineData("""{"group":["\ud800"]}""", "is not valid JSON")]
    [InlineData("""{"group":{"prefix":"\ud800"}}""", "is not valid JSON")]
    [InlineData("""{"group":{"\ud800":"a"}}""", "neither a list")]
    [InlineData("""{"group":{"\ud800long":"a"}}""", "is not valid JSON")]
    public void A_malformed_group_says_why(string json, string text)
    {
        var refusal = Read(json)!.Value.Refusal!;

        Assert.Equal(ErrorCode.InvalidGroup, refusal.Code);
        Assert.Contains(text, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'topics'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"alias":"\ud800"}""")]
    [InlineData("""{"gro\ud800":["a"]}""")]
    [InlineData("""{"alia\ud800":"a"}""")]
    public void Strings_that_are_no_text_make_neither_an_alias_nor_a_group(string json) =>
        Assert.Null(NameDefinition.Read(Topics, Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_group_has_at_most_ten_thousand_members()
    {
        var names = Enumerable.Range(0, 10_001).Select(i => Name($"m{i}")).ToList();

        Assert.Equal(ErrorCode.InvalidGroup, ModelGroup.Of(Topics, names).Refusal?.Code);
        var largest = ModelGroup.Of(Topics, names[1..]).Value;
        Assert.Equal(10_000, Read(Encoding.UTF8.GetString(largest.Write()))!.Value.Value.Names.Count);
    }

    [Fact]
    public void Ten_thousand_names_of_full_length_fit_into_a_group()
    {
        var names = Enumerable.Range(0, 10_000).Select(i => Name($"{i:00000}{new string('x', 51)}")).ToList();

        Assert.InRange(ModelGroup.Of(Topics, names).Value.Write().Length, 1, ModelGroup.MaxBytes);
    }

    [Theory]
    [InlineData("""{"group":["a",""", true)]
    [InlineData("""  { "group" : """, true)]
    [InlineData("""{"labels":["group"]""", false)]
    [InlineData("""["group"]""", false)]
    [InlineData("group", false)]
    [InlineData("", false)]
    public void The_beginning_of_a_file_tells_whether_it_is_a_group(string start, bool isGroup) =>
        Assert.Equal(isGroup, ModelGroup.StartsGroup(Encoding.UTF8.GetBytes(start)));

    [Fact]
    public void The_version_changes_with_names_versions_and_order()
    {
        GroupMember a = new(Name("a"), "1"), b = new(Name("b"), "1"), gone = new(Name("b"), null);
        var nested = gone with { IsGroup = true };

        string[] versions =
        [
            GroupVersion.Of([a, b]), GroupVersion.Of([b, a]), GroupVersion.Of([a]), GroupVersion.Of([a, gone]),
            GroupVersion.Of([a, nested]), GroupVersion.Of([a, b with { Version = "2" }]),
        ];

        Assert.Equal(versions.Length, versions.Distinct().Count());
        Assert.All(versions, version => Assert.True(GroupVersion.Is(version)));
        Assert.Equal(versions[0], GroupVersion.Of([a, b]));
    }

    private static Outcome<ModelGroup>? Read(string json) => ModelGroup.Read(Topics, Encoding.UTF8.GetBytes(json));

    private static ModelName Name(string name) => ModelName.Parse(name).Value;
}
