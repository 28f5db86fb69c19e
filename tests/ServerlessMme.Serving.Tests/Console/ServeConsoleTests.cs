using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Serving.Console;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Settings;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>The console of <c>mme serve --console</c>, beside the endpoints of <c>mme serve</c>.</summary>
[Collection(ConsoleCollection.Name)]
public sealed class ServeConsoleTests(AzuriteFixture azurite)
{
    private const string Info = "/console/api/info";

    [Fact]
    public async Task The_console_guards_its_own_paths_and_no_other()
    {
        await using var app = await StartAsync(new ConsoleSettings(IPAddress.Loopback, 0, null, false, "tester"));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/ping"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/models"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, "/console"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(app, Info));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(app, Info, ("Cookie", Cookie(app))));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(app, "/console/nothing", ("Cookie", Cookie(app))));
        Assert.Contains("#token=", ConsoleHost.AddressOf(app).AbsoluteUri);
    }

    [Fact]
    public async Task There_is_no_console_unless_asked_for()
    {
        await using var app = await StartAsync(null);

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(app, "/console"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(app, Info));
    }

    [Fact]
    public async Task A_proxys_name_is_answered_only_if_it_was_given()
    {
        var settings = new ConsoleSettings(IPAddress.Loopback, 0, null, false, "tester");
        await using var app = await StartAsync(settings with { Hosts = ["console.example"] });

        // The browser knows the proxy's port, not this server's.
        var cookie = $"mme-console-80={Cookie(app).Split('=')[1]}";
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(
            app, Info, ("Host", "console.example"), ("Origin", "https://console.example"), ("Cookie", cookie)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(
            app, Info, ("Host", "console.example"), ("Origin", "https://other.example"), ("Cookie", cookie)));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(
            app, Info, ("Host", "other.example"), ("Cookie", Cookie(app))));
    }

    [Theory]
    [InlineData("https://console.example", true)]
    [InlineData("http://console.example", false)]
    public async Task Behind_TLS_the_cookie_never_travels_without_it(string origin, bool isSecure)
    {
        var settings = new ConsoleSettings(IPAddress.Loopback, 0, null, false, "tester");
        await using var app = await StartAsync(settings with { Hosts = ["console.example"] });
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(new Uri(app.Urls.First()), "/console/api/session"))
        {
            Content = new StringContent(
                $"{{\"token\":\"{app.Services.GetRequiredService<ConsoleSecrets>().Token}\"}}", Encoding.UTF8,
                "application/json"),
        };
        request.Headers.Host = "console.example";
        request.Headers.Add("Origin", origin);

        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        var cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.StartsWith("mme-console-80=", cookie, StringComparison.Ordinal);
        Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.Ordinal));
    }

    private static string Cookie(WebApplication app) =>
        $"mme-console-{new Uri(app.Urls.First()).Port}={app.Services.GetRequiredService<ConsoleSecrets>().Session}";

    private static async Task<HttpStatusCode> StatusAsync(
        WebApplication app, string path, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseCookies = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(new Uri(app.Urls.First()), path));
        request.Headers.Add(ConsoleGate.CsrfHeader, app.Services.GetService<ConsoleSecrets>()?.Csrf);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<WebApplication> StartAsync(ConsoleSettings? console)
    {
        var app = ServeHost.Build(new ServeSettings(
            IPAddress.Loopback, 0, null, azurite.ConnectionString, new Dictionary<string, string>())
        {
            Console = console,
        });
        await app.StartAsync();
        return app;
    }
}
