using System.Net;
using System.Text;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Tests.Support;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>Who may use the console. None of these requests may reach storage, and none is there.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Info = "/console/api/info";
    private const string Session = "/console/api/session";
    private RunningConsole _console = null!;

    public async ValueTask InitializeAsync() => _console = await RunningConsole.StartAsync();

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    [Fact]
    public async Task The_token_opens_a_session_whose_cookie_no_script_and_no_other_site_can_use()
    {
        var answer = await OpenAsync(_console.Token);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(_console.Csrf, answer.Json.GetProperty("csrf").GetString());
        Assert.Equal($"{_console.Cookie}; path=/console; samesite=strict; httponly", answer.Header("Set-Cookie"));
        Assert.Equal(HttpStatusCode.OK, (await _console.GetAsync(Info)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    public async Task A_wrong_token_opens_nothing(string token)
    {
        var answer = await OpenAsync(token);

        Assert.Equal((HttpStatusCode.Unauthorized, "WrongToken"), (answer.Status, answer.Code));
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task The_token_is_no_session_and_the_session_no_token()
    {
        var answer = await _console.SendAsync(
            HttpMethod.Get, Info, null, ("Cookie", $"mme-console-{_console.Url.Port}={_console.Token}"));

        Assert.Equal((HttpStatusCode.Unauthorized, "NoSession"), (answer.Status, answer.Code));
        Assert.Equal("WrongToken", (await OpenAsync(_console.Cookie.Split('=')[1])).Code);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Every_call_without_a_session_is_refused(string method, string path)
    {
        var answer = await _console.SendAsync(
            new HttpMethod(method), path, null, (ConsoleGate.CsrfHeader, _console.Csrf));

        Assert.Equal((HttpStatusCode.Unauthorized, "NoSession"), (answer.Status, answer.Code));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Every_action_without_the_pages_header_is_refused(string method, string path)
    {
        var missing = await _console.SendAsync(new HttpMethod(method), path, null, ("Cookie", _console.Cookie));
        var wrong = await _console.SendAsync(
            new HttpMethod(method), path, null, ("Cookie", _console.Cookie),
            (ConsoleGate.CsrfHeader, _console.Token));

        Assert.Equal((HttpStatusCode.Forbidden, "NoHeader"), (missing.Status, missing.Code));
        Assert.Equal((HttpStatusCode.Forbidden, "NoHeader"), (wrong.Status, wrong.Code));
    }

    [Theory]
    [InlineData(Info)]
    [InlineData("/console/api/models")]
    [InlineData("/console/api/answers/cifar10")]
    [InlineData("/console/api/thumbsx/cifar10")]
    [InlineData("/console/x")]
    public async Task A_cookie_that_another_port_of_this_host_got_reads_nothing(string path)
    {
        var alone = await _console.SendAsync(HttpMethod.Get, path, null, ("Cookie", _console.Cookie));
        var wrong = await _console.SendAsync(
            HttpMethod.Get, path, null, ("Cookie", _console.Cookie), (ConsoleGate.CsrfHeader, "0"));

        Assert.Equal((HttpStatusCode.Unauthorized, "NoSession"), (alone.Status, alone.Code));
        Assert.Equal((HttpStatusCode.Unauthorized, "NoSession"), (wrong.Status, wrong.Code));
    }

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task Every_action_is_refused_in_read_only_mode(string method, string path)
    {
        await using var console = await RunningConsole.StartAsync(isReadOnly: true);

        var answer = await console.SendAsync(new HttpMethod(method), path, "{}");

        Assert.Equal((HttpStatusCode.Forbidden, "ReadOnly"), (answer.Status, answer.Code));
        Assert.True((await console.GetAsync(Info)).Json.GetProperty("readOnly").GetBoolean());
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:{port}")]
    [InlineData("127.0.0.1.evil.example:{port}")]
    [InlineData("localhost.evil.example:{port}")]
    [InlineData("evil.localhost:{port}")]
    [InlineData("0.0.0.0:{port}")]
    [InlineData("2130706433:{port}")]
    [InlineData("192.168.0.1:{port}")]
    public async Task A_foreign_host_is_refused_even_the_page(string host)
    {
        var name = host.Replace("{port}", $"{_console.Url.Port}", StringComparison.Ordinal);

        foreach (var path in new[] { "/console", Info, Session })
        {
            var answer = await _console.SendAsync(
                HttpMethod.Get, path, null, ("Host", name), ("Cookie", _console.Cookie));
            Assert.Equal((HttpStatusCode.Forbidden, "ForeignHost"), (answer.Status, answer.Code));
        }
    }

    [Theory]
    [InlineData("localhost:{port}")]
    [InlineData("LOCALHOST:{port}")]
    [InlineData("127.0.0.1:{port}")]
    [InlineData("[::1]:{port}")]
    [InlineData("127.0.0.1:1")]
    [InlineData("localhost")]
    public async Task This_machines_own_names_are_answered_with_the_port_of_a_tunnel_too(string host)
    {
        var name = host.Replace("{port}", $"{_console.Url.Port}", StringComparison.Ordinal);
        var port = name.EndsWith("localhost", StringComparison.Ordinal) ? "80" : name.Split(':')[^1];
        var session = _console.Cookie.Split('=')[1];

        var answer = await _console.SendAsync(
            HttpMethod.Get, Info, null, ("Host", name), ("Origin", $"http://{name}"),
            ("Cookie", $"mme-console-{port}={session}"),
            (ConsoleGate.CsrfHeader, _console.Csrf));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{port}")]
    [InlineData("http://localhost:9000")]
    [InlineData("http://127.0.0.1")]
    public async Task Behind_a_tunnel_only_the_tunnels_own_page_is_answered(string origin)
    {
        var name = origin.Replace("{port}", $"{_console.Url.Port}", StringComparison.Ordinal);

        var answer = await _console.SendAsync(
            HttpMethod.Get, Info, null, ("Host", "127.0.0.1:9000"), ("Origin", name),
            ("Cookie", $"mme-console-9000={_console.Cookie.Split('=')[1]}"));

        Assert.Equal((HttpStatusCode.Forbidden, "ForeignOrigin"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("https://127.0.0.1:{port}")]
    public async Task Another_sites_request_is_refused_even_with_cookie_and_header(string origin)
    {
        var name = origin.Replace("{port}", $"{_console.Url.Port}", StringComparison.Ordinal);

        var answer = await _console.SendAsync(
            HttpMethod.Post, "/console/api/poison/drop", Json("{\"all\":true}"), ("Origin", name),
            ("Cookie", _console.Cookie), (ConsoleGate.CsrfHeader, _console.Csrf));

        Assert.Equal((HttpStatusCode.Forbidden, "ForeignOrigin"), (answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("cross-site")]
    [InlineData("same-site")]
    public async Task An_image_in_another_page_is_refused(string site)
    {
        var answer = await _console.SendAsync(
            HttpMethod.Get, "/console/api/thumbs/cifar10?image=a.jpg", null,
            ("Sec-Fetch-Site", site), ("Cookie", _console.Cookie));

        Assert.Equal((HttpStatusCode.Forbidden, "ForeignOrigin"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_form_of_another_site_cannot_open_a_session()
    {
        using var form = new StringContent($"{{\"token\":\"{_console.Token}\"}}", Encoding.UTF8, "text/plain");

        var answer = await _console.SendAsync(HttpMethod.Post, Session, form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Null(answer.Header("Set-Cookie"));
    }

    [Fact]
    public async Task Two_consoles_have_secrets_of_their_own()
    {
        await using var other = await RunningConsole.StartAsync();

        var answer = await _console.SendAsync(
            HttpMethod.Get, Info, null, ("Cookie", $"{other.Cookie}; mme-console-{_console.Url.Port}=x"));

        Assert.Equal("NoSession", answer.Code);
        Assert.NotEqual(_console.Token, other.Token);
        Assert.Equal(3, new[] { _console.Token, _console.Csrf, _console.Cookie.Split('=')[1] }.Distinct().Count());
    }

    [Theory]
    [InlineData("/console")]
    [InlineData("/console/")]
    [InlineData(Info)]
    [InlineData("/nothing")]
    public async Task Every_answer_has_the_headers_that_protect_the_page(string path)
    {
        var answer = await _console.GetAsync(path);

        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("DENY", answer.Header("X-Frame-Options"));
        Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
        Assert.Equal("same-origin", answer.Header("Cross-Origin-Resource-Policy"));
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        var policy = answer.Header("Content-Security-Policy")!;
        Assert.StartsWith("default-src 'none'; script-src 'sha256-", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Fact]
    public async Task The_page_is_html_and_has_no_secret()
    {
        var page = await _console.SendAsync(HttpMethod.Get, "/console", content: null);

        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (page.Status, page.Type));
        Assert.DoesNotContain(_console.Token, page.Text);
        Assert.DoesNotContain(_console.Csrf, page.Text);
    }

    [Theory]
    [InlineData("/CONSOLE/API/info")]
    [InlineData("//console/api/info")]
    [InlineData("/console//api/info")]
    [InlineData("/console/./api/info")]
    [InlineData("/console/x/../api/info")]
    [InlineData("/console/%61pi/info")]
    [InlineData("/console%2Fapi%2Finfo")]
    [InlineData("/console/api/info/")]
    [InlineData("/console/api/session/../info")]
    public async Task No_spelling_of_a_path_gets_around_the_session(string path)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(_console.Url.Host, _console.Url.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {_console.Url.Authority}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream);

        Assert.StartsWith("HTTP/1.1 401", await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_path_without_a_page_is_refused_in_json()
    {
        var answer = await _console.GetAsync("/console/api/nothing");

        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), (answer.Status, answer.Code));
    }

    public static TheoryData<string, string> Paths() => Of(ConsoleApi.Operations.Where(each => each.Path != Session
        && each.Path.StartsWith("/console/api", StringComparison.Ordinal)));

    public static TheoryData<string, string> Actions() => Of(ConsoleApi.Operations.Where(each =>
        each.Method != "GET" && each.Path != Session));

    private static TheoryData<string, string> Of(IEnumerable<(string Method, string Path)> operations)
    {
        var data = new TheoryData<string, string>();
        foreach (var (method, path) in operations)
        {
            data.Add(method, path.Replace("{id}", "20261122-231500-cifar10-4f1a", StringComparison.Ordinal)
                .Replace("{name}", "cifar10", StringComparison.Ordinal)
                .Replace("{alias}", "cifar10", StringComparison.Ordinal));
        }

        return data;
    }

    private static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    private Task<ConsoleAnswer> OpenAsync(string token) =>
        _console.SendAsync(HttpMethod.Post, Session, Json($"{{\"token\":\"{token}\"}}"));
}
