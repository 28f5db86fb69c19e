using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Sas;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Truth;
using ServerlessMme.Storage.Truth;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Truth;

public sealed class BlobTruthStoreTests(AzuriteFixture azurite)
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private readonly BlobTruthStore _store = new(azurite.Account);

    private static CancellationToken None => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_correct_label_is_found_and_replaced()
    {
        var model = await azurite.CreateModelAsync();
        Assert.Null(await _store.FindAsync(model, "a.jpg", None));

        await _store.WriteAsync(model, "a.jpg", new CorrectLabel("cat", null, null), None);
        await _store.WriteAsync(model, "a.jpg", new CorrectLabel("ship", "anna", At), None);

        Assert.Equal(new CorrectLabel("ship", "anna", At), await _store.FindAsync(model, "a.jpg", None));
        Assert.Null(await _store.FindAsync(model, "b.jpg", None));
    }

    [Fact]
    public async Task A_label_is_added_where_there_is_none_and_never_replaced_by_that()
    {
        var model = await azurite.CreateModelAsync();

        Assert.True(await _store.TryAddAsync(model, "a.jpg", new CorrectLabel("cat", "anna", At), None));
        Assert.False(await _store.TryAddAsync(model, "a.jpg", new CorrectLabel("ship", "ben", At), None));

        Assert.Equal(new CorrectLabel("cat", "anna", At), await _store.FindAsync(model, "a.jpg", None));
    }

    [Fact]
    public async Task A_removed_label_is_unknown_and_removing_it_again_changes_nothing()
    {
        var model = await azurite.CreateModelAsync();
        await _store.RemoveAsync(model, "a.jpg", None);
        await _store.WriteAsync(model, "a.jpg", new CorrectLabel("cat", null, null), None);

        await _store.RemoveAsync(model, "a.jpg", None);
        await _store.RemoveAsync(model, "a.jpg", None);

        Assert.Null(await _store.FindAsync(model, "a.jpg", None));
    }

    [Fact]
    public async Task A_model_without_a_container_has_no_known_image()
    {
        var model = await azurite.CreateModelAsync();

        Assert.Empty(await _store.ListAsync(model, None).ToListAsync(None));
        Assert.False(await azurite.Account.TruthOf(model).ExistsAsync(None));
    }

    [Theory]
    [InlineData("holiday/plane 1.jpg", "ship")]
    [InlineData("飛行機/✈.png", "a, \"b\"; 100 % 🚢")]
    [InlineData("it's #1?&+.png", "Käse\\n")]
    public async Task One_listing_has_the_labels_whatever_they_are(string image, string label)
    {
        var model = await azurite.CreateModelAsync();
        await _store.WriteAsync(model, image, new CorrectLabel(label, "anna", At), None);
        await _store.WriteAsync(model, "0.jpg", new CorrectLabel("cat", null, null), None);
        var requests = new Requests();

        var known = await new BlobTruthStore(azurite.Observed(requests)).ListAsync(model, None).ToListAsync(None);

        Assert.Equal([new KnownImage("0.jpg", "cat"), new KnownImage(image, label)], known);
        Assert.Equal(1, requests.Count);
    }

    [Fact]
    public async Task Labels_without_metadata_or_cut_there_are_read()
    {
        var model = await azurite.CreateModelAsync();
        var label = new string('x', 199) + "🚢 and the rest";
        await _store.WriteAsync(model, "cut.jpg", new CorrectLabel(label, null, null), None);
        await PutAsync(model, "other.jpg.json", """{"label":"dog","checked":true}""");

        Assert.Equal(
            [new KnownImage("cut.jpg", label), new KnownImage("other.jpg", "dog")],
            await _store.ListAsync(model, None).ToListAsync(None));
    }

    [Fact]
    public async Task Blobs_that_are_no_correct_label_are_skipped()
    {
        var model = await azurite.CreateModelAsync();
        await _store.WriteAsync(model, "m.jpg", new CorrectLabel("cat", null, null), None);
        await PutAsync(model, "a.jpg.json", "\0\u0001 no JSON");
        await PutAsync(model, "b.jpg.json", """{"label":7}""");
        await PutAsync(model, "c.jpg.json", "");
        await PutAsync(model, "d.jpg.json", $$"""{"label":"{{new string('x', TruthJson.MaxBytes)}}"}""");
        await PutAsync(model, "notes.txt", """{"label":"cat"}""");
        await PutAsync(model, "holiday.zip.json", """{"label":"cat"}""");
        await PutAsync(model, "z/", """{"label":"cat"}""");

        Assert.Equal(["m.jpg"], await _store.ListAsync(model, None).Select(known => known.Image).ToListAsync(None));
        Assert.Null(await _store.FindAsync(model, "a.jpg", None));
        Assert.Null(await _store.FindAsync(model, "d.jpg", None));
    }

    [Fact]
    public async Task Known_images_come_in_the_order_of_their_blobs()
    {
        var model = await azurite.CreateModelAsync();
        string[] images = [.. Enumerable.Range(0, 40).Select(i => $"{i * 7 % 40:00}.jpg")];
        foreach (var image in images)
        {
            // Every other one must be read, which takes longer.
            await (image[1] % 2 == 0
                ? PutAsync(model, $"{image}.json", """{"label":"cat"}""")
                : _store.WriteAsync(model, image, new CorrectLabel("cat", null, null), None));
        }

        Assert.Equal(
            images.Order(StringComparer.Ordinal),
            await _store.ListAsync(model, None).Select(known => known.Image).ToListAsync(None));
    }

    [Fact]
    public async Task Who_may_only_write_writes_to_a_container_that_is_there()
    {
        var model = await azurite.CreateModelAsync();
        await azurite.Account.TruthOf(model).CreateAsync(cancellationToken: None);
        var writer = new BlobTruthStore(WriterOf(azurite.Account, model));

        await writer.WriteAsync(model, "a.jpg", new CorrectLabel("ship", null, null), None);
        await writer.WriteAsync(model, "a.jpg", new CorrectLabel("cat", null, null), None);

        Assert.Equal("cat", (await _store.FindAsync(model, "a.jpg", None))?.Label);
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => writer.FindAsync(model, "a.jpg", None));
        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task Who_may_create_no_container_is_refused_where_there_is_none()
    {
        var model = await azurite.CreateModelAsync();
        var writer = new BlobTruthStore(WriterOf(azurite.Account, model));

        var refused = await Assert.ThrowsAsync<RequestFailedException>(
            () => writer.WriteAsync(model, "a.jpg", new CorrectLabel("ship", null, null), None));

        Assert.Equal(403, refused.Status);
    }

    private async Task PutAsync(ModelName model, string name, string content)
    {
        var container = azurite.Account.TruthOf(model);
        await container.CreateIfNotExistsAsync(cancellationToken: None);
        await container.GetBlobClient(name).UploadAsync(BinaryData.FromString(content), overwrite: true, None);
    }

    /// <summary>Clients that may create and overwrite blobs of the model's truth container, and nothing else.</summary>
    private static StorageAccount WriterOf(StorageAccount account, ModelName model)
    {
        var sas = account.TruthOf(model).GenerateSasUri(
            BlobContainerSasPermissions.Create | BlobContainerSasPermissions.Write,
            TimeProvider.System.GetUtcNow().AddHours(1)).Query.TrimStart('?');
        return new StorageAccount(Options.Create(new StorageOptions
        {
            ConnectionString = $"BlobEndpoint={account.Blobs.Uri};QueueEndpoint={account.Queues.Uri};"
                + $"SharedAccessSignature={sas}",
        }));
    }

    private sealed class Requests : HttpPipelineSynchronousPolicy
    {
        private int _count;

        public int Count => _count;

        public override void OnSendingRequest(HttpMessage message) => Interlocked.Increment(ref _count);
    }
}
