using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Serving.Console;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Storage;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>An answer of the console with its whole body.</summary>
internal sealed record ConsoleAnswer(HttpResponseMessage Response, byte[] Body)
{
    public HttpStatusCode Status => Response.StatusCode;

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string? Code => Json.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null;

    public string? Type => Response.Content.Headers.ContentType?.ToString();

    public string? Header(string name) =>
        Response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}

/// <summary><c>mme console</c> in this process, on a free port.</summary>
internal sealed class RunningConsole : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _http;

    private RunningConsole(WebApplication app)
    {
        _app = app;
        Url = new Uri(app.Urls.First());
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = Url,
        };
    }

    public Uri Url { get; }

    public IServiceProvider Services => _app.Services;

    public string Token => Secrets.Token;

    public string Csrf => Secrets.Csrf;

    public string Cookie => $"mme-console-{Url.Port}={Secrets.Session}";

    private ConsoleSecrets Secrets => Services.GetRequiredService<ConsoleSecrets>();

    /// <param name="storage">Without one, nothing answers there: for tests that must not get that far.</param>
    public static async Task<RunningConsole> StartAsync(
        string storage = "UseDevelopmentStorage=true", bool isReadOnly = false,
        Action<IServiceCollection>? change = null, string? token = null)
    {
        var app = ConsoleHost.Build(
            new ConsoleSettings(IPAddress.Loopback, 0, storage, isReadOnly, "tester"),
            builder =>
            {
                builder.Services.AddSingleton(new FirstAnswer(FirstAnswer.Interactive));
                builder.Configuration["Mme:Console:Token"] = token;
                change?.Invoke(builder.Services);
            });
        await app.StartAsync();
        return new RunningConsole(app);
    }

    /// <summary>Sends a request as the page does: with the cookie and the header.</summary>
    public Task<ConsoleAnswer> SendAsync(HttpMethod method, string path, string? json = null) => SendAsync(
        method, path, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        ("Cookie", Cookie), (ConsoleGate.CsrfHeader, Csrf));

    public Task<ConsoleAnswer> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    /// <summary>The answer's body, line by line as it comes.</summary>
    public async Task<StreamReader> OpenAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Cookie", Cookie);
        request.Headers.TryAddWithoutValidation(ConsoleGate.CsrfHeader, Csrf);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new StreamReader(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Sends a request with these headers alone.</summary>
    public async Task<ConsoleAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            if (name == "Host")
            {
                request.Headers.Host = value;
            }
            else
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        var response = await _http.SendAsync(request);
        return new ConsoleAnswer(response, await response.Content.ReadAsByteArrayAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
