using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using ServerlessMme.Serving.Tests.Support;

namespace ServerlessMme.Serving.Tests.Gate;

public sealed class SlowBodyTests
{
    private const int BodyBytes = 6_000_000;
    private static readonly byte[] Airplane = File.ReadAllBytes(Samples.First("cifar10"));

    [Fact]
    public async Task Two_hundred_slow_bodies_leave_an_honest_client_served_within_a_second()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await server.InvokeAsync("cifar10", Airplane, "image/jpeg")).Status);
        using var done = new CancellationTokenSource();
        var slow = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => SlowClient.StartAsync(
            server.Url, BodyBytes, ("X-Amzn-SageMaker-Target-Model", "cifar10"))));
        var dripping = DripAsync(slow, done.Token);

        var answers = new List<(HttpStatusCode Status, TimeSpan Took)>();
        for (var i = 0; i < 200; i++)
        {
            var clock = Stopwatch.StartNew();
            var answer = await server.InvokeAsync("cifar10", Airplane, "image/jpeg");
            answers.Add((answer.Status, clock.Elapsed));
        }

        await done.CancelAsync();
        await dripping;
        Array.ForEach(slow, client => client.Dispose());
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        var p99 = answers.Select(answer => answer.Took).Order().ElementAt(answers.Count * 99 / 100);
        Assert.True(p99 < TimeSpan.FromSeconds(1), $"p99 was {p99}");
    }

    [Fact]
    public async Task Bodies_that_stop_before_their_end_make_room_for_others()
    {
        // Eight of these take all the memory for bodies.
        await using var server = await RunningServer.StartAsync(("Serve:MaxBodyMemoryBytes", $"{64 << 20}"));
        var stopped = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => StopAsync(server)));

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => server.InvokeAsync("cifar10", Airplane, "image/jpeg")));

        Array.ForEach(stopped, client => client.Dispose());
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task Honest_clients_with_large_bodies_are_all_served()
    {
        await using var server = await RunningServer.StartAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 48).Select(_ => server.InvokeAsync("cifar10", LargeImage(), "image/bmp")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task A_body_below_the_minimum_rate_is_refused_with_408()
    {
        await using var server = await RunningServer.StartAsync();
        using var slow = await SlowClient.StartAsync(server.Url, BodyBytes);
        await slow.SendAsync(new byte[300]);

        var answer = await slow.ReadAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("less than 4096 bytes per second", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_there_at_the_time_limit_is_refused_with_408()
    {
        await using var server = await RunningServer.StartAsync(("Serve:RequestTimeout", "00:00:00.2"));
        using var slow = await SlowClient.StartAsync(server.Url, BodyBytes);

        var answer = await slow.ReadAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal);
        Assert.Contains("did not arrive within 0.2 s", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("20150830T123600Z", "host;x-amz-date",
        "The header X-Amz-Date is invalid or more than 5 minutes off")]
    [InlineData(null, "host", "The header 'x-amz-date' is not signed.")]
    public async Task A_wrong_head_is_refused_before_the_body_arrives(string? at, string signedHeaders, string problem)
    {
        await using var server = await RunningServer.StartAsync(($"Serve:Keys:{AwsKeys.Id}", AwsKeys.Secret));
        at ??= TimeProvider.System.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", null);
        using var slow = await SlowClient.StartAsync(
            server.Url, BodyBytes, ("X-Amz-Date", at),
            ("Authorization", $"AWS4-HMAC-SHA256 Credential={AwsKeys.Id}/{at[..8]}/us-east-1/sagemaker/aws4_request, "
                + $"SignedHeaders={signedHeaders}, Signature=00"));

        var answer = await slow.ReadAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
        Assert.Contains(problem, answer, StringComparison.Ordinal);
    }

    /// <summary>A gray picture of 1,340 × 1,340 pixels, uncompressed.</summary>
    private static byte[] LargeImage()
    {
        const int side = 1340;
        var image = new byte[54 + (side * side * 3)];
        image.AsSpan(54).Fill(128);
        "BM"u8.CopyTo(image);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(2), image.Length);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(18), side);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(22), side);
        BinaryPrimitives.WriteInt16LittleEndian(image.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(image.AsSpan(28), 24);
        return image;
    }

    private static async Task<SlowClient> StopAsync(RunningServer server)
    {
        var client = await SlowClient.StartAsync(server.Url, BodyBytes);
        await client.SendAsync(new byte[BodyBytes - 1]);
        return client;
    }

    /// <summary>300 bytes per second on each connection.</summary>
    private static async Task DripAsync(SlowClient[] clients, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            do
            {
                await Task.WhenAll(clients.Select(client => client.SendAsync(new byte[30])));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The test has seen enough.
        }
    }
}
