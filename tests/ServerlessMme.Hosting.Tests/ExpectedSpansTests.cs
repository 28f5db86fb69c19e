using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry.Trace;

namespace ServerlessMme.Hosting.Tests;

[Collection("telemetry")]
public sealed class ExpectedSpansTests
{
    private const string Http = "System.Net.Http";
    private const string Blob = "https://acme.blob.core.windows.net/labels-cifar10/a.jpg.json";

    [Theory]
    [InlineData("http://127.0.0.1:4711/AzureFunctionsRpcMessages.FunctionRpc/EventStream", false)]
    [InlineData(Blob, true)]
    public void The_connection_to_the_host_is_not_exported(string address, bool isExported)
    {
        using var span = End(Http, "POST", ("http.request.method", "POST"), ("url.full", address));

        Assert.Equal(isExported, span.Recorded);
    }

    [Theory]
    [InlineData("HEAD", 404, ActivityStatusCode.Unset)]
    [InlineData("HEAD", 403, ActivityStatusCode.Error)]
    [InlineData("GET", 404, ActivityStatusCode.Error)]
    public void Label_that_is_not_there_yet_is_no_failed_request(string method, int status, ActivityStatusCode expected)
    {
        using var span = End(
            Http, method, ("http.request.method", method), ("url.full", Blob), ("http.response.status_code", status),
            ("error.type", $"{status}"));

        Assert.Equal(expected, span.Status);
        Assert.Equal(expected == ActivityStatusCode.Unset, span.GetTagItem("error.type") is null);
        Assert.True(span.Recorded);
    }

    [Theory]
    [InlineData("BlobBaseClient.GetProperties", "BlobNotFound", ActivityStatusCode.Unset)]
    [InlineData("BlobBaseClient.GetProperties", "AuthorizationFailure", ActivityStatusCode.Error)]
    [InlineData("BlobBaseClient.DownloadStreaming", "BlobNotFound", ActivityStatusCode.Error)]
    public void Label_that_is_not_there_yet_is_no_failed_call_of_storage(
        string call, string error, ActivityStatusCode expected)
    {
        using var span = End("Azure.Storage.Blobs.BlobBaseClient", call, ("error.type", error));

        Assert.Equal(expected, span.Status);
    }

    /// <summary>A span that a client ended as failed.</summary>
    private static Activity End(string source, string name, params (string Key, object Value)[] tags)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
        builder.AddTelemetry("mme-test");
        using var host = builder.Build();
        host.Services.GetRequiredService<TracerProvider>();
        using var activities = new ActivitySource(source);
        var span = activities.StartActivity(name, ActivityKind.Client)!;
        foreach (var (key, value) in tags)
        {
            span.SetTag(key, value);
        }

        span.SetStatus(ActivityStatusCode.Error);
        span.Stop();
        return span;
    }
}
