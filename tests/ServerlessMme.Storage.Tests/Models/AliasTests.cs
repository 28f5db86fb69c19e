using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Models;

public sealed class AliasTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _root = Directory.CreateTempSubdirectory("mme-aliases-").FullName;
    private readonly AzuriteFixture _azurite;
    private readonly BlobModelCatalog _catalog;
    private readonly ModelPublisher _publisher;

    public AliasTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        var options = Options.Create(new ArtifactOptions { Folder = Path.Combine(_root, "unpacked") });
        _catalog = new BlobModelCatalog(azurite.Account, new ArtifactFolder(options));
        _publisher = new ModelPublisher(azurite.Account);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_switched_alias_has_the_other_targets_version_and_files()
    {
        var alias = await _azurite.CreateModelAsync();
        var (first, firstVersion) = await PushAsync("one");
        var (second, secondVersion) = await PushAsync("two");
        Assert.Equal(firstVersion, (await _publisher.AliasAsync(alias, first, None)).Value);
        var before = await _catalog.FindAsync(alias, None);

        await _publisher.AliasAsync(alias, second, None);
        var after = await _catalog.FindAsync(alias, None);

        Assert.Equal((firstVersion, secondVersion), (before!.Version, after!.Version));
        Assert.Equal((alias, second), (after.Name, after.Target));
        Assert.Contains(after, await _catalog.ListAsync(None).ToListAsync());
        var files = (await _catalog.FetchAsync(after, None)).Value;
        Assert.Equal("two", await File.ReadAllTextAsync(files.OnnxPath!));
    }

    [Fact]
    public async Task A_target_that_is_published_anew_changes_the_aliases_version()
    {
        var alias = await _azurite.CreateModelAsync();
        var (target, _) = await PushAsync("one");
        await _publisher.AliasAsync(alias, target, None);

        var version = (await _publisher.PushAsync(target, Folder("two"), None)).Value.Version;

        Assert.Equal(version, (await _catalog.FindAsync(alias, None))!.Version);
    }

    [Fact]
    public async Task An_alias_whose_target_is_gone_says_so_and_recovers()
    {
        var alias = await _azurite.CreateModelAsync();
        var (target, _) = await PushAsync("one");
        await _publisher.AliasAsync(alias, target, None);
        await _publisher.RemoveAsync(target, None);

        var broken = await _catalog.FindAsync(alias, None);
        var refusal = (await _catalog.FetchAsync(broken!, None)).Refusal;
        await _publisher.PushAsync(target, Folder("one"), None);
        var mended = await _catalog.FindAsync(alias, None);

        Assert.Equal(ErrorCode.ModelNotFound, refusal?.Code);
        Assert.Contains($"'{target}'", refusal!.Message, StringComparison.Ordinal);
        Assert.Equal(target, mended!.Target);
        Assert.NotEqual(broken!.Version, mended.Version);
        await Assert.ThrowsAsync<ModelReplacedException>(() => _catalog.FetchAsync(broken, None));
    }

    [Fact]
    public async Task What_cannot_be_an_alias_is_refused_when_it_is_set()
    {
        var alias = await _azurite.CreateModelAsync();
        var ghost = await _azurite.CreateModelAsync();
        var (model, _) = await PushAsync("one");
        await _publisher.AliasAsync(alias, model, None);

        Assert.Equal(ErrorCode.InvalidAlias, (await _publisher.AliasAsync(alias, alias, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.InvalidAlias, (await _publisher.AliasAsync(ghost, alias, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.ModelNotFound, (await _publisher.AliasAsync(alias, ghost, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.InvalidAlias, (await _publisher.AliasAsync(model, alias, None)).Refusal?.Code);
        Assert.Equal(ErrorCode.InvalidAlias, (await _publisher.PushAsync(alias, Folder("x"), None)).Refusal?.Code);
        Assert.Equal(model, (await _catalog.FindAsync(alias, None))!.Target);
    }

    [Fact]
    public async Task A_written_chain_is_refused_where_it_is_used()
    {
        var a = await _azurite.CreateModelAsync();
        var b = await _azurite.CreateModelAsync();
        await WriteAsync(a, $$"""{"alias":"{{b}}"}""");
        await WriteAsync(b, $$"""{"alias":"{{a}}"}""");

        var found = await _catalog.FindAsync(a, None);

        Assert.Null(found!.Target);
        Assert.Equal(ErrorCode.InvalidAlias, (await _catalog.FetchAsync(found, None)).Refusal?.Code);
    }

    [Fact]
    public async Task An_archive_wins_over_an_alias_of_its_name()
    {
        var (model, version) = await PushAsync("one");
        var (other, _) = await PushAsync("two");
        await WriteAsync(model, $$"""{"alias":"{{other}}"}""");

        var found = await _catalog.FindAsync(model, None);

        Assert.Equal((version, null), (found!.Version, found.Target));
        Assert.Contains(found, await _catalog.ListAsync(None).ToListAsync());
    }

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
