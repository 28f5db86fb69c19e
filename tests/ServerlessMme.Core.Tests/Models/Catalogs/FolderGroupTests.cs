using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Catalogs;

namespace ServerlessMme.Core.Tests.Models.Catalogs;

public sealed class FolderGroupTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-groups-").FullName;
    private readonly FolderModelCatalog _catalog;

    public FolderGroupTests()
    {
        _catalog = new FolderModelCatalog(_root);
        Model("topic-cats", "one");
        Model("topic-boats", "two");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_group_has_its_members_with_their_versions()
    {
        Define("cats", """{"alias":"topic-cats"}""");
        Define("topics", """{"group":["topic-boats","cats","ghost"]}""");

        var group = await FindAsync("topics");

        var boats = (await FindAsync("topic-boats"))!.Version;
        var cats = (await FindAsync("topic-cats"))!.Version;
        Assert.Equal(
            [("topic-boats", boats), ("cats", cats), ("ghost", null)],
            group!.Members!.Select(member => (member.Name.Value, member.Version)));
        Assert.Equal(GroupVersion.Of(group.Members!), group.Version);
        Assert.False(group.LacksTarget);
        Assert.Equal(group.Version, (await ListAsync()).Single(model => model.Name.Value == "topics").Version);
        Assert.Equal(ErrorCode.ModelIsGroup, (await FetchAsync(group)).Code);
    }

    [Fact]
    public async Task A_prefix_takes_models_and_aliases_but_no_groups()
    {
        Model("other", "three");
        Define("topic-other", """{"alias":"other"}""");
        Define("topic-group", """{"group":["other"]}""");
        Define("topic-all", """{"group":{"prefix":"topic-"}}""");

        var group = await FindAsync("topic-all");

        Assert.Equal("topic-boats topic-cats topic-other", string.Join(' ', group!.Members!.Select(m => m.Name.Value)));
        Assert.Equal((await FindAsync("other"))!.Version, group.Members![2].Version);
    }

    [Fact]
    public async Task A_replaced_member_changes_the_groups_version()
    {
        Define("topics", """{"group":["topic-boats","topic-cats"]}""");
        var before = (await FindAsync("topics"))!.Version;

        Model("topic-cats", "other");

        Assert.NotEqual(before, (await FindAsync("topics"))!.Version);
    }

    [Fact]
    public async Task A_group_without_a_published_member_has_nobody_to_answer()
    {
        Define("topics", """{"group":["ghost"]}""");
        Define("none", """{"group":{"prefix":"nothing-"}}""");

        Assert.True((await FindAsync("topics"))!.LacksTarget);
        Assert.True((await FindAsync("none"))!.LacksTarget);
    }

    [Fact]
    public async Task A_group_in_a_group_is_no_member_that_answers()
    {
        Define("inner", """{"group":["topic-boats"]}""");
        Define("topics", """{"group":["topic-cats","inner"]}""");

        var member = (await FindAsync("topics"))!.Members![1];

        Assert.Equal((null, true), (member.Version, member.IsGroup));
    }

    [Theory]
    [InlineData("topics", """{"group":[]}""", ErrorCode.InvalidGroup)]
    [InlineData("alias", """{"alias":"valid"}""", ErrorCode.ModelIsGroup)]
    public async Task What_cannot_answer_says_why(string name, string json, ErrorCode code)
    {
        Define("valid", """{"group":["topic-boats"]}""");
        Define(name, json);

        var found = await FindAsync(name);

        Assert.Null(found!.Members);
        Assert.Equal(code, (await FetchAsync(found)).Code);
    }

    [Fact]
    public async Task A_large_file_that_begins_as_a_group_is_one_or_says_that_it_is_too_large()
    {
        var ghosts = string.Join(',', Enumerable.Range(0, 9_999).Select(i => $"\"m{i}\""));
        Define("many", $$"""{"group":[{{ghosts}},"topic-cats"]}""");
        Define("huge", $$"""{"group":["{{new string('x', ModelGroup.MaxBytes)}}"]}""");

        Assert.Equal(10_000, (await FindAsync("many"))!.Members!.Count);
        var refusal = await FetchAsync((await FindAsync("huge"))!);
        Assert.Equal(ErrorCode.InvalidGroup, refusal.Code);
        Assert.Contains("the limit is 1,048,576", refusal.Message, StringComparison.Ordinal);
    }

    private async Task<Refusal> FetchAsync(ModelDescriptor descriptor) =>
        (await _catalog.FetchAsync(descriptor, CancellationToken.None)).Refusal!;

    private async Task<List<ModelDescriptor>> ListAsync() =>
        await _catalog.ListAsync(CancellationToken.None).ToListAsync();

    private Task<ModelDescriptor?> FindAsync(string name) =>
        _catalog.FindAsync(ModelName.Parse(name).Value, CancellationToken.None);

    private void Define(string name, string json) => File.WriteAllText(Path.Combine(_root, name + ".json"), json);

    private void Model(string name, string onnx)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "model.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "model.onnx"), onnx);
    }
}
