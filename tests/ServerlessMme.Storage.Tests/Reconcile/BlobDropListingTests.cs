using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Reconcile;

public sealed class BlobDropListingTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly BlobDropListing _listing = new(azurite.Account);

    [Fact(Timeout = Timeout)]
    public async Task Pages_go_on_where_one_ended_though_its_last_image_was_removed()
    {
        var model = await azurite.CreateModelAsync();
        foreach (var name in (string[])["a", "b/1", "b/2", "ü", "z"])
        {
            await azurite.Account.ImagesOf(model).UploadBlobAsync(name, BinaryData.FromString("x"), None);
        }

        var first = await _listing.ListImagePagesAsync(model, null, 2, None).FirstAsync(None);
        await azurite.Account.ImagesOf(model).DeleteBlobAsync("b/1", cancellationToken: None);
        var rest = await _listing.ListImagePagesAsync(model, first.Next, 2, None).ToListAsync(None);

        Assert.Equal(["a", "b/1"], first.Items.Select(image => image.Name));
        Assert.Equal(["b/2", "z", "ü"], rest.SelectMany(page => page.Items).Select(image => image.Name));
        Assert.Null(rest[^1].Next);
    }

    [Fact(Timeout = Timeout)]
    public async Task Model_without_containers_has_no_pages()
    {
        var model = ModelName.Parse($"none{Random.Shared.NextInt64():x}").Value;

        Assert.Empty(await _listing.ListImagePagesAsync(model, null, 2, None).ToListAsync(None));
        Assert.Empty(await _listing.ListLabelPagesAsync(model, null, null, None).ToListAsync(None));
    }
}
