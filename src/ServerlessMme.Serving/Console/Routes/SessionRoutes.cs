using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ServerlessMme.Serving.Console.Access;
using ServerlessMme.Serving.Console.Documents;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Settings;
using ServerlessMme.Storage;

namespace ServerlessMme.Serving.Console.Routes;

/// <summary>The page itself, and the requests that it sends first.</summary>
internal sealed class SessionRoutes(
    ConsoleSecrets secrets, ConsoleSettings settings, ConsolePage page, StorageAccount account)
{
    private static readonly string Version = typeof(SessionRoutes).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/console", context => context.AnswerAsync(page.Html, "text/html; charset=utf-8"));
        routes.MapPost("/console/api/session", OpenAsync);
        routes.MapGet("/console/api/info", context => context.AnswerAsync(
            new InfoBody(Version, settings.IsReadOnly, account.Blobs.Uri.Authority, settings.User, secrets.Csrf),
            ConsoleJson.Default.InfoBody));
    }

    private async Task OpenAsync(HttpContext context)
    {
        var request = await context.ReadAsync(ConsoleJson.Default.SessionRequest);
        if (!ConsoleSecrets.AreEqual(request.Token, secrets.Token))
        {
            throw new ConsoleException(
                401, "WrongToken",
                "This isn't the token of the running console. Open the address that mme console printed last.");
        }

        context.Response.Cookies.Append(ConsoleGate.CookieName(context.Request), secrets.Session, new CookieOptions
        {
            HttpOnly = true,
            SameSite = SameSiteMode.Strict,
            Path = "/console",
            // A proxy may have terminated TLS, and the gate has checked the origin.
            Secure = context.Request.IsHttps
                || context.Request.Headers.Origin.ToString().StartsWith("https:", StringComparison.OrdinalIgnoreCase),
            IsEssential = true,
        });
        await context.AnswerAsync(new SessionBody(secrets.Csrf), ConsoleJson.Default.SessionBody);
    }
}
