using System.Net;
using System.Net.Http.Headers;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Console;

[Collection(ConsoleCollection.Name)]
public sealed class UploadTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private RunningConsole _console = null!;
    private ConsoleData _data = null!;

    private static CancellationToken None => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _console = await RunningConsole.StartAsync(azurite.ConnectionString);
        _data = new ConsoleData(azurite.Account, await azurite.CreateModelAsync());
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task A_file_that_cannot_be_replaced_now_is_not_said_to_exist()
    {
        await DropAsync("a.jpg", [1], "");
        var blob = azurite.Account.ImagesOf(_data.Model).GetBlobClient("a.jpg");
        var lease = blob.GetBlobLeaseClient();
        await lease.AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration, cancellationToken: None);

        var replaced = await DropAsync("a.jpg", [2], "&replace=true");
        var again = await DropAsync("a.jpg", [2], "");
        await lease.BreakAsync(cancellationToken: None);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "StorageFailed"), (replaced.Status, replaced.Code));
        Assert.Contains("Lease", replaced.Text);
        Assert.Equal((HttpStatusCode.Conflict, "Exists"), (again.Status, again.Code));
    }

    [Fact]
    public async Task A_large_file_is_sent_in_blocks_of_a_few_megabytes()
    {
        await DropAsync("a.zip", new byte[9 << 20], "");

        var blocks = (await azurite.Account.ImagesOf(_data.Model).GetBlockBlobClient("a.zip")
            .GetBlockListAsync(cancellationToken: None)).Value.CommittedBlocks.ToList();

        Assert.Equal([4L << 20, 4L << 20, 1L << 20], blocks.Select(block => block.SizeLong));
    }

    [Fact]
    public async Task Only_some_files_are_stored_at_the_same_time()
    {
        using var limits = new WorkLimits();
        var turns = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => limits.UploadAsync(None)));

        var next = limits.UploadAsync(None);

        Assert.False(next.IsCompleted);
        turns[0].Dispose();
        using var turn = await next;
        Assert.True(turn.IsAcquired);
    }

    [Fact]
    public async Task A_picture_is_asked_for_again_so_a_replaced_drop_shows_its_own()
    {
        await _data.DropAsync("a.jpg", await File.ReadAllBytesAsync(Repository.CifarImages[0], None));
        var path = $"/console/api/thumbs/{_data.Model}?image=a.jpg&v=2026-11-24T12%3A00%3A00Z";
        var first = await _console.GetAsync(path);
        await _data.DropAsync("a.jpg", await File.ReadAllBytesAsync(Repository.CifarImages[1], None));

        var second = await _console.SendAsync(
            HttpMethod.Get, path, null, ("Cookie", _console.Cookie), ("If-None-Match", first.Header("ETag")!));

        Assert.Contains("no-cache", first.Header("Cache-Control"));
        Assert.DoesNotContain("max-age", first.Header("Cache-Control"));
        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.NotEqual(first.Body, second.Body);
    }

    private async Task<ConsoleAnswer> DropAsync(string image, byte[] content, string more)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return await _console.SendAsync(
            HttpMethod.Put, $"/console/api/drops/{_data.Model}?image={image}{more}", body,
            ("Cookie", _console.Cookie), (ConsoleGate.CsrfHeader, _console.Csrf));
    }
}
