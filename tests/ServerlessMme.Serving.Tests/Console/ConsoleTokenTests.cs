using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Serving.Tests.Support;

namespace ServerlessMme.Serving.Tests.Console;

/// <summary>The token of the settings.</summary>
public sealed class ConsoleTokenTests
{
    private const string Token = "0123456789abcdef0123456789ABCDEF-_.~";

    [Fact]
    public async Task A_session_outlives_a_restart_with_the_same_token()
    {
        await using var before = await RunningConsole.StartAsync(token: Token);
        await using var after = await RunningConsole.StartAsync(token: Token);
        await using var other = await RunningConsole.StartAsync(token: Token + "x");
        var session = before.Cookie.Split('=')[1];

        Assert.Equal(HttpStatusCode.OK, await InfoAsync(after, session, before.Csrf));
        Assert.Equal(HttpStatusCode.Unauthorized, await InfoAsync(other, session, other.Csrf));
        Assert.Equal(before.Csrf, after.Csrf);
        Assert.Equal(3, new[] { Token, session, before.Csrf }.Distinct().Count());
        using var body = new StringContent($"{{\"token\":\"{Token}\"}}", Encoding.UTF8, "application/json");
        Assert.Equal(
            HttpStatusCode.OK, (await after.SendAsync(HttpMethod.Post, "/console/api/session", body)).Status);
    }

    [Theory]
    [InlineData("short", "has 5 characters, but must have 32 to 256")]
    [InlineData("0123456789abcdef0123456789abcde", "has 31 characters")]
    [InlineData("0123456789abcdef0123456789abcdef+/==", "may contain only letters, digits")]
    [InlineData("0123456789abcdef 0123456789abcdef", "may contain only letters, digits")]
    public async Task A_token_that_is_weak_or_no_part_of_an_address_is_refused_and_not_shown(string token, string why)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => RunningConsole.StartAsync(token: token));

        Assert.Equal(typeof(ConsoleOptions), refused.OptionsType);
        Assert.Contains($"Mme:Console:Token {why}", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(token, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> InfoAsync(RunningConsole console, string session, string csrf) =>
        (await console.SendAsync(
            HttpMethod.Get, "/console/api/info", null, ("Cookie", $"mme-console-{console.Url.Port}={session}"),
            (ConsoleGate.CsrfHeader, csrf)))
        .Status;
}
