using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Processing;

[Collection("classify queue")]
public sealed class UnknownModelTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact(Timeout = 60_000)]
    public async Task A_message_naming_unknown_models_goes_to_poison_and_creates_no_container()
    {
        await azurite.Account.Poison.ClearMessagesAsync();
        var prefix = $"u{Guid.NewGuid():N}";
        var known = await azurite.CreateModelAsync();
        var requests = Enumerable.Range(0, 30).Select(object (i) => new { model = $"{prefix}-{i}", images = new[] { "a.jpg" } })
            .Append(new { model = known.Value, images = new[] { "a.jpg" } })
            .Append<object>(new { model = $"{prefix}-prefix", prefix = "holiday/" });
        var body = JsonSerializer.SerializeToUtf8Bytes(requests);

        Assert.Null(Assert.Single(await ProcessAsync(new IncomingMessage(body, Tries: 1))));

        Assert.Empty(await azurite.Account.Blobs.GetBlobContainersAsync(
            Azure.Storage.Blobs.Models.BlobContainerTraits.None,
            Azure.Storage.Blobs.Models.BlobContainerStates.None,
            $"labels-{prefix}",
            None).ToListAsync());
        Assert.True(await azurite.Account.LabelsOf(known).GetBlobClient("a.jpg.json").ExistsAsync());
        Assert.Single(
            (await azurite.Account.Poison.PeekMessagesAsync(32)).Value,
            poison => poison.Body.ToString() == Encoding.UTF8.GetString(body)
                || poison.Body.ToString() == Convert.ToBase64String(body));
        var reason = azurite.Account.Jobs.GetBlobClient(PoisonWriter.ReasonName(MessageDigest.Of(body)));
        using var json = JsonDocument.Parse((await reason.DownloadContentAsync()).Value.Content);
        var reasons = json.RootElement.GetProperty("reasons").EnumerateArray().ToList();
        Assert.Equal(31, reasons.Count);
        Assert.All(reasons, item => Assert.Equal("ModelNotFound", item.GetProperty("code").GetString()));
    }

    private async Task<IReadOnlyList<Exception?>> ProcessAsync(IncomingMessage message)
    {
        using var classifier = new ClassifierWithoutModels(azurite.Account);
        var labels = new BlobLabelSink(azurite.Account);
        var processor = Processors.Create(
            azurite.Account,
            classifier.Classifier,
            new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            labels,
            Processors.Poison(azurite.Account),
            new Ledger(azurite.Account, labels).Messages);
        return await processor.ProcessAsync([message], None);
    }
}
