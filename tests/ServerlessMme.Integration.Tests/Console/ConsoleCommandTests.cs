using System.Net;
using System.Net.Sockets;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Console;

/// <summary><c>mme console</c> and <c>mme serve --console</c> as processes.</summary>
public sealed class ConsoleCommandTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    private const int Timeout = 180_000;
    private const string Info = "/console/api/info";
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Fact(Timeout = Timeout)]
    public async Task The_printed_address_opens_the_console_and_nothing_else_does()
    {
        await using var mme = MmeProcess.Start(storage.Connection, "console", "--port", "0", "--no-open");
        using var console = await ConsoleClient.OfAsync(mme);

        using var page = await console.SendAsync(HttpMethod.Get, "/console");
        using var before = await console.SendAsync(HttpMethod.Get, Info);
        var wrong = await console.SignInAsync(Token);
        var right = await console.SignInAsync(console.Token);
        var models = await console.GetAsync("/console/api/models");
        using var foreign = await console.SendAsync(HttpMethod.Get, Info, $"evil.example:{console.Address.Port}");

        Assert.Equal("127.0.0.1", console.Address.Host);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal((HttpStatusCode.Unauthorized, "NoSession"), await OfAsync(before));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong);
        Assert.Equal(HttpStatusCode.OK, right);
        Assert.Contains(
            models.GetProperty("items").EnumerateArray(),
            item => item.GetProperty("name").GetString() == "cifar10");
        Assert.Equal((HttpStatusCode.Forbidden, "ForeignHost"), await OfAsync(foreign));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_read_only_console_shows_and_refuses_actions()
    {
        await using var mme = MmeProcess.Start(
            storage.Connection, "console", "--port", "0", "--no-open", "--read-only");
        using var console = await ConsoleClient.OfAsync(mme);
        await console.SignInAsync(console.Token);

        using var refused = await console.SendAsync(HttpMethod.Delete, "/console/api/truth/cifar10?image=a.jpg");

        Assert.True((await console.GetAsync(Info)).GetProperty("readOnly").GetBoolean());
        Assert.Equal((HttpStatusCode.Forbidden, "ReadOnly"), await OfAsync(refused));
    }

    [Theory(Timeout = Timeout)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopping_the_console_is_no_failure(bool isInterrupt)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        Assert.SkipWhen(
            isInterrupt && MmeProcess.InterruptIsIgnored, "Shells start background jobs with SIGINT ignored.");
        await using var mme = MmeProcess.Start(storage.Connection, "console", "--port", "0", "--no-open");
        using var console = await ConsoleClient.OfAsync(mme);
        await console.SignInAsync(console.Token);
        // A page that is open must not keep the console alive.
        using var stream = await console.SendAsync(HttpMethod.Get, "/console/api/workers");
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);

        await (isInterrupt ? mme.InterruptAsync() : mme.TerminateAsync());
        await mme.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(0, mme.ExitCode);
        Assert.Empty(mme.Errors);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_port_that_is_taken_ends_with_6_and_the_way_out()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        var finished = await MmeProcess.RunAsync(storage.Connection, "console", "--port", $"{port}", "--no-open");

        Assert.Equal(6, finished.ExitCode);
        Assert.Empty(finished.Output);
        Assert.Equal(
            $"Port {port} on 127.0.0.1 is in use. Choose another port with --port (0 picks a free one).",
            finished.Error.TrimEnd());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_weak_token_ends_with_4_and_is_not_shown()
    {
        var finished = await MmeProcess.RunAsync(
            storage.Connection, [("Mme__Console__Token", "secret123")], ["console", "--port", "0", "--no-open"]);

        Assert.Equal(4, finished.ExitCode);
        Assert.Contains("Mme:Console:Token has 9 characters", finished.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret123", finished.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Serve_has_the_console_with_a_token_that_is_not_in_the_log()
    {
        await using var mme = MmeProcess.Start(
            storage.Connection, [("Mme__Console__Token", Token)],
            ["serve", "--port", "0", "--console", "--console-read-only", "--console-host", "console.example"]);
        var address = await mme.ServingAsync();
        var line = await mme.ReadLineAsync();
        using var console = new ConsoleClient(new Uri($"{address}console#token={Token}"));

        Assert.Equal(HttpStatusCode.OK, await console.SignInAsync(Token));
        using var proxied = await console.SendAsync(HttpMethod.Get, "/console", "console.example");
        using var foreign = await console.SendAsync(HttpMethod.Get, "/console", "other.example");
        using var ping = await console.SendAsync(HttpMethod.Get, "/ping");

        Assert.True((await console.GetAsync(Info)).GetProperty("readOnly").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, proxied.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.OK, ping.StatusCode);
        Assert.StartsWith($"The console is at {address}console#token=…", line, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, line + mme.Errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Serve_warns_of_a_token_that_ends_with_the_process()
    {
        await using var mme = MmeProcess.Start(storage.Connection, "serve", "--port", "0", "--console");
        await mme.ServingAsync();
        using var console = await ConsoleClient.OfAsync(mme);

        Assert.Equal(HttpStatusCode.OK, await console.SignInAsync(console.Token));
        await Eventually.GetAsync(TimeSpan.FromSeconds(10), "warning", () => Task.FromResult(
            mme.Errors.Contains("set Mme__Console__Token", StringComparison.Ordinal) ? mme : null));
    }

    [Theory(Timeout = Timeout)]
    [InlineData("--console-read-only")]
    [InlineData("--console-host=console.example")]
    public async Task An_option_of_a_console_that_is_not_served_ends_with_2(string option)
    {
        var finished = await MmeProcess.RunAsync(storage.Connection, "serve", "--port", "0", option);

        Assert.Equal(2, finished.ExitCode);
        Assert.StartsWith($"{option.Split('=')[0]} needs --console.", finished.Error, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode, string?)> OfAsync(HttpResponseMessage answer) =>
        (answer.StatusCode, await ConsoleClient.CodeOf(answer));
}
