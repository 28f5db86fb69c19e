using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Catalogs;

namespace ServerlessMme.Core.Tests.Models.Catalogs;

public sealed class FolderAliasTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mme-aliases-").FullName;
    private readonly FolderModelCatalog _catalog;

    public FolderAliasTests()
    {
        _catalog = new FolderModelCatalog(_root);
        Model("cats-v1", "one");
        Model("cats-v2", "two");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_alias_has_its_targets_version_and_files()
    {
        Alias("cats", """{"alias":"cats-v1"}""");
        var before = await FindAsync("cats");

        Alias("cats", """{"alias":"cats-v2"}""");
        var after = await FindAsync("cats");

        Assert.Equal((await FindAsync("cats-v1"))!.Version, before!.Version);
        Assert.Equal((await FindAsync("cats-v2"))!.Version, after!.Version);
        Assert.Equal(("cats", "cats-v2"), (after.Name.Value, after.Target!.Value));
        var files = (await _catalog.FetchAsync(after, CancellationToken.None)).Value;
        Assert.Equal("two", await File.ReadAllTextAsync(files.OnnxPath!));
        Assert.Equal(
            ["cats", "cats-v1", "cats-v2"],
            (await _catalog.ListAsync(CancellationToken.None).ToListAsync()).Select(model => model.Name.Value));
    }

    [Theory]
    [InlineData("""{"alias":"cats"}""", ErrorCode.InvalidAlias, "points to itself")]
    [InlineData("""{"alias":"other"}""", ErrorCode.InvalidAlias, "itself an alias")]
    [InlineData("""{"alias":"ghost"}""", ErrorCode.ModelNotFound, "'ghost'")]
    [InlineData("""{"alias":"../cats-v1"}""", ErrorCode.InvalidAlias, "not a model name")]
    [InlineData("""{"alias":7}""", ErrorCode.InvalidAlias, "not a model name")]
    [InlineData("""{"alias":"cats-v1","labels":[]}""", ErrorCode.InvalidAlias, "members other than")]
    public async Task An_alias_that_leads_nowhere_says_why(string json, ErrorCode code, string text)
    {
        Alias("other", """{"alias":"cats-v1"}""");
        Alias("cats", json);

        var found = await FindAsync("cats");
        var fetched = await _catalog.FetchAsync(found!, CancellationToken.None);

        Assert.Equal(code, fetched.Refusal?.Code);
        Assert.Contains(text, fetched.Refusal!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_wins_over_an_alias_of_its_name()
    {
        Alias("cats-v1", """{"alias":"cats-v2"}""");

        Assert.Null((await FindAsync("cats-v1"))!.Target);
    }

    [Fact]
    public async Task Aliases_of_each_other_are_refused_and_not_followed_for_ever()
    {
        Alias("a", """{"alias":"b"}""");
        Alias("b", """{"alias":"a"}""");

        var fetched = await _catalog.FetchAsync((await FindAsync("a"))!, CancellationToken.None);

        Assert.Equal(ErrorCode.InvalidAlias, fetched.Refusal?.Code);
    }

    private Task<ModelDescriptor?> FindAsync(string name) =>
        _catalog.FindAsync(ModelName.Parse(name).Value, CancellationToken.None);

    private void Alias(string name, string json) => File.WriteAllText(Path.Combine(_root, name + ".json"), json);

    private void Model(string name, string onnx)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "model.json"), "{}");
        File.WriteAllText(Path.Combine(folder, "model.onnx"), onnx);
    }
}
