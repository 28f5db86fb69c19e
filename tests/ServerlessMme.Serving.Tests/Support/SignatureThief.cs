using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>A server that keeps the headers of a request, to replay its signature.</summary>
internal sealed class SignatureThief : IAsyncDisposable
{
    private readonly WebApplication _app;

    public SignatureThief()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            Headers = [.. context.Request.Headers.Select(header => (header.Key, header.Value.ToString()))];
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
        _app.Start();
        Url = new Uri(_app.Urls.First());
    }

    public Uri Url { get; }

    public IReadOnlyList<(string Name, string Value)> Headers { get; private set; } = [];

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
