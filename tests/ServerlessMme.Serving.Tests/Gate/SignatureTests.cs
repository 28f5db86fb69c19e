using System.Net;
using Amazon.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Gate;

/// <summary>Signatures by the AWS SDK. AwsClientTests has those by boto3.</summary>
public sealed class SignatureTests
{
    private const string Key = AwsKeys.Id;
    private const string Secret = AwsKeys.Secret;

    [Fact]
    public async Task A_request_signed_with_a_known_key_is_answered()
    {
        await using var server = await StartAsync();

        Assert.NotEqual(0, (await InvokeAsync(server, Key, Secret)).Body.Length);
    }

    [Theory]
    [InlineData(Key, "another secret", "InvalidSignatureException")]
    [InlineData("AKIDANOTHER", Secret, "UnrecognizedClientException")]
    public async Task A_request_signed_with_another_key_is_refused_and_reaches_no_model(
        string key, string secret, string code)
    {
        await using var server = await StartAsync();

        var thrown = await Assert.ThrowsAsync<AmazonSageMakerRuntimeException>(() => InvokeAsync(server, key, secret));

        Assert.Equal((code, HttpStatusCode.Forbidden), (thrown.ErrorCode, thrown.StatusCode));
        Assert.Empty(server.Services.GetRequiredService<ModelCache>().Snapshot().Models);
    }

    [Theory]
    [InlineData("/endpoints/mme/invocations")]
    [InlineData("/models")]
    public async Task A_request_that_is_not_signed_is_refused(string path)
    {
        await using var server = await StartAsync();

        var answer = await server.SendAsync(HttpMethod.Post, path, [1], "image/jpeg");

        Assert.Equal(HttpStatusCode.Forbidden, answer.Status);
    }

    [Fact]
    public async Task A_signature_of_another_time_is_refused()
    {
        await using var server = await StartAsync(new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddMinutes(6)));

        var thrown = await Assert.ThrowsAsync<AmazonSageMakerRuntimeException>(() => InvokeAsync(server, Key, Secret));

        Assert.Equal("InvalidSignatureException", thrown.ErrorCode);
    }

    [Fact]
    public async Task A_signed_request_whose_body_or_model_was_changed_on_the_way_is_refused()
    {
        await using var server = await StartAsync();
        await using var thief = new SignatureThief();
        using var client = Client(thief.Url, Key, Secret);
        await Assert.ThrowsAnyAsync<Exception>(() => client.InvokeEndpointAsync(
            new InvokeEndpointRequest
            {
                EndpointName = "mme",
                TargetModel = "cifar10",
                ContentType = "image/jpeg",
                Body = new MemoryStream([1, 2, 3]),
            },
            TestContext.Current.CancellationToken));

        // The signature covers the Host header, so the replayed requests keep the thief's.
        var headers = thief.Headers.Where(header => header.Name is not ("Content-Length" or "Content-Type")).ToArray();
        var same = await SendAsync([1, 2, 3], headers);
        var body = await SendAsync([3, 2, 1], headers);
        var model = await SendAsync(
            [1, 2, 3], headers.Select(h => h.Name == "X-Amzn-SageMaker-Target-Model" ? (h.Name, "other") : h));
        var added = await SendAsync([1, 2, 3], headers.Append(("X-Amzn-SageMaker-Target-Variant", "blue")));

        Assert.Equal(HttpStatusCode.FailedDependency, same.Status);
        Assert.Equal("InvalidSignatureException", body.ErrorType);
        Assert.Equal("InvalidSignatureException", model.ErrorType);
        Assert.Equal(
            "The header 'x-amzn-sagemaker-target-variant' is not signed. Sign 'host' and all headers that begin with "
            + "'x-amz'.",
            added.Json.GetProperty("Message").GetString());

        Task<Answer> SendAsync(byte[] bytes, IEnumerable<(string Name, string Value)> signed) =>
            server.SendAsync(HttpMethod.Post, "/endpoints/mme/invocations", bytes, "image/jpeg", [.. signed]);
    }

    [Fact]
    public async Task A_health_check_needs_no_signature()
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(HttpMethod.Get, "/ping")).Status);
    }

    private static Task<RunningServer> StartAsync(TimeProvider? time = null) =>
        RunningServer.StartAsync(Repository.Models, time, ($"Serve:Keys:{Key}", Secret));

    private static AmazonSageMakerRuntimeClient Client(Uri url, string key, string secret) =>
        new(new BasicAWSCredentials(key, secret), new AmazonSageMakerRuntimeConfig
        {
            ServiceURL = url.AbsoluteUri,
            AuthenticationRegion = "eu-central-1",
            MaxErrorRetry = 0,
        });

    private static async Task<InvokeEndpointResponse> InvokeAsync(RunningServer server, string key, string secret)
    {
        using var client = Client(server.Url, key, secret);
        return await client.InvokeEndpointAsync(new InvokeEndpointRequest
        {
            EndpointName = "mme",
            TargetModel = "cifar10.tar.gz",
            ContentType = "image/jpeg",
            CustomAttributes = "a  b",
            Body = new MemoryStream(await File.ReadAllBytesAsync(Samples.First("cifar10"))),
        });
    }
}
