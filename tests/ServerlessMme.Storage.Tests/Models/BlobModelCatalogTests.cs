using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Models;

public sealed class BlobModelCatalogTests : IDisposable
{
    private const string Manifest = """{"labels":["a"],"input":{"width":1,"height":1}}""";
    private readonly string _root = Directory.CreateTempSubdirectory("mme-catalog-").FullName;
    private readonly AzuriteFixture _azurite;
    private readonly BlobModelCatalog _catalog;
    private readonly ModelPublisher _publisher;

    public BlobModelCatalogTests(AzuriteFixture azurite)
    {
        _azurite = azurite;
        var options = Options.Create(new ArtifactOptions { Folder = _root });
        _catalog = new BlobModelCatalog(azurite.Account, new ArtifactFolder(options));
        _publisher = new ModelPublisher(azurite.Account);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_pushed_model_is_found_listed_and_fetched()
    {
        var model = await _azurite.CreateModelAsync();
        var version = (await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None)).Value.Version;

        var found = await _catalog.FindAsync(model, CancellationToken.None);
        var files = (await _catalog.FetchAsync(found!, CancellationToken.None)).Value;

        Assert.Equal(version, found!.Version);
        Assert.Equal("onnx", await File.ReadAllTextAsync(files.OnnxPath!));
        Assert.Contains(found, await _catalog.ListAsync(CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task Publishing_the_same_content_again_keeps_the_version()
    {
        var model = await _azurite.CreateModelAsync();
        var first = (await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None)).Value;

        var again = (await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None)).Value;
        var other = (await _publisher.PushAsync(model, Folder(Manifest, "onny"), CancellationToken.None)).Value;

        Assert.Equal((first.Version, true), (again.Version, again.IsUnchanged));
        Assert.False(first.IsUnchanged || other.IsUnchanged);
        Assert.NotEqual(first.Version, other.Version);
    }

    [Fact]
    public async Task A_model_that_becomes_remote_leaves_no_archive_that_would_win_over_it()
    {
        var model = await _azurite.CreateModelAsync();
        var remote = Folder(Manifest[..^1] + ",\"backend\":{\"type\":\"sagemaker\"}}", null);
        var first = (await _publisher.PushAsync(model, remote, CancellationToken.None)).Value;
        await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None);

        var last = (await _publisher.PushAsync(model, remote, CancellationToken.None)).Value;

        Assert.False(last.IsUnchanged);
        Assert.NotEqual(first.Version, last.Version);
        Assert.Equal(last.Version, (await _catalog.FindAsync(model, CancellationToken.None))!.Version);
    }

    [Fact]
    public async Task A_remote_model_is_its_manifest_alone()
    {
        var model = await _azurite.CreateModelAsync();
        var manifest = Manifest[..^1] + ",\"backend\":{\"type\":\"sagemaker\"}}";
        await _publisher.PushAsync(model, Folder(manifest, null), CancellationToken.None);

        var found = await _catalog.FindAsync(model, CancellationToken.None);

        Assert.Null((await _catalog.FetchAsync(found!, CancellationToken.None)).Value.OnnxPath);
        Assert.Contains(found!, await _catalog.ListAsync(CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_version_that_was_replaced_meanwhile_is_not_fetched()
    {
        var model = await _azurite.CreateModelAsync();
        await _publisher.PushAsync(model, Folder(Manifest, "one"), CancellationToken.None);
        var found = await _catalog.FindAsync(model, CancellationToken.None);
        await _publisher.PushAsync(model, Folder(Manifest, "two"), CancellationToken.None);

        await Assert.ThrowsAsync<ModelReplacedException>(() => _catalog.FetchAsync(found!, CancellationToken.None));
    }

    [Fact]
    public async Task Version_that_was_unpacked_before_needs_no_download()
    {
        var model = await _azurite.CreateModelAsync();
        await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None);
        var found = await _catalog.FindAsync(model, CancellationToken.None);
        var files = (await _catalog.FetchAsync(found!, CancellationToken.None)).Value;
        await _publisher.RemoveAsync(model, CancellationToken.None);
        var options = Options.Create(new ArtifactOptions { Folder = _root });
        var next = new BlobModelCatalog(_azurite.Account, new ArtifactFolder(options));

        Assert.Equal(files, (await next.FetchAsync(found!, CancellationToken.None)).Value);
    }

    [Fact]
    public async Task A_removed_model_is_gone()
    {
        var model = await _azurite.CreateModelAsync();
        await _publisher.PushAsync(model, Folder(Manifest, "onnx"), CancellationToken.None);

        Assert.True(await _publisher.RemoveAsync(model, CancellationToken.None));
        Assert.False(await _publisher.RemoveAsync(model, CancellationToken.None));
        Assert.Null(await _catalog.FindAsync(model, CancellationToken.None));
    }

    [Theory]
    [InlineData("""{"labels":[]}""", "onnx", ErrorCode.InvalidManifest)]
    [InlineData(Manifest, null, ErrorCode.InvalidArtifact)]
    [InlineData(null, "onnx", ErrorCode.InvalidArtifact)]
    public async Task A_folder_that_is_no_model_is_not_published(string? manifest, string? onnx, ErrorCode code)
    {
        var model = await _azurite.CreateModelAsync();

        var pushed = await _publisher.PushAsync(model, Folder(manifest, onnx), CancellationToken.None);

        Assert.Equal(code, pushed.Refusal?.Code);
        Assert.Null(await _catalog.FindAsync(model, CancellationToken.None));
    }

    private string Folder(string? manifest, string? onnx)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, Path.GetRandomFileName())).FullName;
        if (manifest is not null)
        {
            File.WriteAllText(Path.Combine(folder, "model.json"), manifest);
        }

        if (onnx is not null)
        {
            File.WriteAllText(Path.Combine(folder, "model.onnx"), onnx);
        }

        return folder;
    }
}
