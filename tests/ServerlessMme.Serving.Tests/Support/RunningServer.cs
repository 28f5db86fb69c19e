using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Serving.Settings;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>An answer with its whole body.</summary>
internal sealed record Answer(HttpStatusCode Status, HttpResponseHeaders Headers, string Type, string Text)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public string ErrorType => Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.Single() : "";

    public float[][] Predictions =>
        [.. Json.GetProperty("predictions").EnumerateArray()
            .Select(row => row.EnumerateArray().Select(score => score.GetSingle()).ToArray())];
}

/// <summary><c>mme serve</c> in this process, on a free port.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private RunningServer(WebApplication app)
    {
        _app = app;
        Url = new Uri(app.Urls.First());
        _http = new HttpClient { BaseAddress = Url };
    }

    public Uri Url { get; }

    public IServiceProvider Services => _app.Services;

    public static Task<RunningServer> StartAsync(params (string Name, string Value)[] settings) =>
        StartAsync(Repository.Models, TimeProvider.System, settings);

    public static Task<RunningServer> StartAsync(
        string models, TimeProvider? time, params (string Name, string Value)[] settings) =>
        StartAsync(models, services => services.AddSingleton(time ?? TimeProvider.System), settings);

    /// <param name="change">Replaces services of the server.</param>
    public static async Task<RunningServer> StartAsync(
        string models, Action<IServiceCollection> change, params (string Name, string Value)[] settings)
    {
        var app = ServeHost.Build(
            new ServeSettings(IPAddress.Loopback, 0, models, null, new Dictionary<string, string>()),
            builder =>
            {
                builder.Configuration.AddInMemoryCollection(
                    settings.ToDictionary(setting => $"Mme:{setting.Name}", setting => (string?)setting.Value));
                change(builder.Services);
            });
        await app.StartAsync();
        return new RunningServer(app);
    }

    public async Task<Answer> SendAsync(
        HttpMethod method, string path, byte[]? body = null, string? contentType = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
        }

        if (contentType is not null)
        {
            request.Content!.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await _http.SendAsync(request);
        return new Answer(response.StatusCode, response.Headers,
            response.Content.Headers.ContentType?.ToString() ?? "", await response.Content.ReadAsStringAsync());
    }

    public Task<Answer> InvokeAsync(
        string target, byte[] body, string contentType, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/endpoints/mme/invocations", body, contentType,
            [("X-Amzn-SageMaker-Target-Model", target), .. headers]);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
