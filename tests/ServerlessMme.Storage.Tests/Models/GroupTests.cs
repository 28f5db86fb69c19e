using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Models;

public sealed class GroupTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _root = Directory.CreateTempSubdirectory("mme-groups-").FullName;
    private readonly AzuriteFixture _azurite;
    private readonly BlobModelCatalog _catalog;
    private readonly ModelPublisher _publisher;

    public GroupTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        var options = Options.Create(new ArtifactOptions { Folder = Path.Combine(_root, "unpacked") });
        _catalog = new BlobModelCatalog(azurite.Account, new ArtifactFolder(options));
        _publisher = new ModelPublisher(azurite.Account);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    public async Task A_published_group_has_its_members_with_their_versions(int ghosts)
    {
        var name = Fresh();
        var (model, version) = await PushAsync("one");
        var alias = await _azurite.CreateModelAsync();
        await _publisher.AliasAsync(alias, model, None);
        var group = ModelGroup.Of(
            name, [model, alias, .. Enumerable.Range(0, ghosts).Select(i => Name($"{name}-{i}"))]).Value;

        var published = (await _publisher.GroupAsync(name, group, _catalog, None)).Value;

        Assert.Equal(ghosts + 2, published.Members!.Count);
        Assert.Equal([(model, version), (alias, version)], published.Members.Take(2).Select(m => (m.Name, m.Version!)));
        Assert.All(published.Members.Skip(2), member => Assert.Null(member.Version));
        Assert.Equal(published.Version, (await _catalog.FindAsync(name, None))!.Version);
        Assert.Equal(published.Version, await ListedVersionAsync(name));
        Assert.Equal(ErrorCode.ModelIsGroup, (await _catalog.FetchAsync(published, None)).Refusal?.Code);
        Assert.True(await _azurite.Account.ImagesOf(name).ExistsAsync());
    }

    [Fact]
    public async Task A_members_coming_going_and_replacing_changes_the_version()
    {
        var prefix = Fresh();
        var name = Name($"{prefix}-all");
        await _publisher.GroupAsync(name, ModelGroup.Of(name, $"{prefix}-").Value, _catalog, None);
        var member = Name($"{prefix}-one");
        List<string> versions = [await ListedVersionAsync(name)];

        await _publisher.PushAsync(member, Folder("one"), None);
        versions.Add(await ListedVersionAsync(name));
        await _publisher.PushAsync(member, Folder("two"), None);
        versions.Add(await ListedVersionAsync(name));
        await _publisher.RemoveAsync(member, None);

        Assert.Equal(3, versions.Distinct().Count());
        Assert.Equal(versions[0], await ListedVersionAsync(name));
        Assert.True((await _catalog.FindAsync(name, None))!.LacksTarget);
    }

    [Fact]
    public async Task What_cannot_be_a_group_or_under_its_name_is_refused()
    {
        var (model, _) = await PushAsync("one");
        var (alias, inner, outer) = (await _azurite.CreateModelAsync(), Fresh(), Fresh());
        await _publisher.AliasAsync(alias, model, None);
        await _publisher.GroupAsync(inner, ModelGroup.Of(inner, [model]).Value, _catalog, None);

        Assert.Equal(ErrorCode.InvalidGroup, (await GroupAsync(model, alias))?.Code);
        Assert.Equal(ErrorCode.InvalidAlias, (await GroupAsync(alias, model))?.Code);
        Assert.Equal(ErrorCode.ModelIsGroup, (await GroupAsync(outer, inner))?.Code);
        Assert.Equal(ErrorCode.ModelIsGroup, (await _publisher.AliasAsync(alias, inner, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.ModelIsGroup, (await _publisher.AliasAsync(inner, model, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.ModelIsGroup, (await _publisher.PushAsync(inner, Folder("x"), None)).Refusal?.Code);
        Assert.Null((await GroupAsync(inner, alias)));
        Assert.True(await _publisher.RemoveAsync(inner, None));
        Assert.Null(await _catalog.FindAsync(inner, None));
    }

    [Fact]
    public async Task A_written_group_in_a_group_and_an_alias_of_a_group_are_refused_where_they_are_used()
    {
        var (model, _) = await PushAsync("one");
        var (alias, inner, outer, invalid) = (Fresh(), Fresh(), Fresh(), Fresh());
        await WriteAsync(inner, $$"""{"group":["{{model}}"]}""");
        await WriteAsync(outer, $$"""{"group":["{{model}}","{{inner}}"]}""");
        await WriteAsync(alias, $$"""{"alias":"{{inner}}"}""");
        await WriteAsync(invalid, """{"group":[]}""");

        Assert.True((await _catalog.FindAsync(outer, None))!.Members![1].IsGroup);
        Assert.Equal(ErrorCode.ModelIsGroup, await FetchAsync(alias));
        Assert.Equal(ErrorCode.InvalidGroup, await FetchAsync(invalid));
    }

    [Fact]
    public async Task An_archive_wins_over_a_group_of_its_name()
    {
        var (model, version) = await PushAsync("one");
        await WriteAsync(model, """{"group":["ghost"]}""");

        var found = await _catalog.FindAsync(model, None);

        Assert.Equal((version, null), (found!.Version, found.Members));
    }

    private static ModelName Name(string name) => ModelName.Parse(name).Value;

    private static ModelName Fresh() => Name($"g{Guid.NewGuid():n}"[..12]);

    private async Task<Refusal?> GroupAsync(ModelName name, ModelName member) =>
        (await _publisher.GroupAsync(name, ModelGroup.Of(name, [member]).Value, _catalog, None)).Refusal;

    private async Task<ErrorCode?> FetchAsync(ModelName name) =>
        (await _catalog.FetchAsync((await _catalog.FindAsync(name, None))!, None)).Refusal?.Code;

    private async Task<string> ListedVersionAsync(ModelName name) =>
        (await _catalog.ListAsync(None).SingleAsync(model => model.Name == name)).Version;

    private Task WriteAsync(ModelName name, string json) =>
        _azurite.Account.Models.GetBlobClient($"{name}.json").UploadAsync(BinaryData.FromString(json), overwrite: true);

    private async Task<(ModelName Model, string Version)> PushAsync(string onnx)
    {
        var model = await _azurite.CreateModelAsync();
        return (model, (await _publisher.PushAsync(model, Folder(onnx), None)).Value.Version);
    }

    private string Folder(string onnx)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName())).FullName;
        File.WriteAllText(Path.Combine(folder, "model.json"), """{"labels":["a"],"input":{"width":1,"height":1}}""");
        File.WriteAllText(Path.Combine(folder, "model.onnx"), onnx);
        return folder;
    }
}
