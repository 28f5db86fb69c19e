using System.Net;
using System.Text.Json;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Review;
using ServerlessMme.Hosting;
using ServerlessMme.Serving.Console.Http;
using ServerlessMme.Serving.Console.Settings;

namespace ServerlessMme.Serving.Console.Access;

/// <summary>
/// Every request of the console passes through here. The gate refuses foreign hosts and origins, requests without the
/// session or the page's header, and actions in read-only mode; it sets the headers that protect the page, and
/// writes errors. Thread-safe.
/// </summary>
internal sealed class ConsoleGate(
    ConsoleSecrets secrets, ConsoleSettings settings, ConsolePage page, IHostApplicationLifetime lifetime,
    ILogger<ConsoleGate> logger)
{
    public const string CsrfHeader = "X-Mme-Console";

    private const int MaxBodyBytes = 1 << 20;
    private const string SessionPath = "/console/api/session";
    private const string PicturePath = "/console/api/thumbs";
    private static readonly string[] LocalNames = ["127.0.0.1", "localhost", "[::1]"];

    /// <summary>
    /// Name of the session's cookie. Browsers send a host's cookies to all of its ports, and several consoles may run,
    /// so the name includes the port that the browser connects to. A forwarded port differs from this server's.
    /// </summary>
    public static string CookieName(HttpRequest request) =>
        $"mme-console-{request.Host.Port ?? (request.IsHttps ? 443 : 80)}";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        Protect(context.Response);
        // Dropped files may be larger. Their route sets the limit.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = MaxBodyBytes;
        var gone = context.RequestAborted;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(gone, lifetime.ApplicationStopping);
        try
        {
            CheckHost(context);
            CheckOrigin(context.Request);
            CheckAccess(context);
            if (IsRead(context.Request))
            {
                // An open page streams the workers' state while the console runs, which must not delay shutdown.
                context.RequestAborted = ends.Token;
            }

            await next(context);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            // The page was closed, or the image was scrolled out of view.
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            context.RequestAborted = gone;
            await WriteAsync(context, Explain(exception, context.Request));
        }
        catch (Exception exception)
        {
            if (!ends.IsCancellationRequested)
            {
                logger.LogWarning(exception, "An event stream failed");
            }

            // Otherwise the page would mistake the failure for the end of the stream.
            context.Abort();
        }
    }

    private void Protect(HttpResponse response)
    {
        var headers = response.Headers;
        headers.ContentSecurityPolicy = page.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        // Cookies are shared by all ports of a host, so another local page could embed an image without this.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
    }

    /// <summary>
    /// Prevents DNS rebinding: another site can point its own name at this machine and then has the same origin as the
    /// page. It can't do that with a name that always means the browser's own machine. Any port is accepted, so
    /// 'ssh -L 9000:127.0.0.1:8787' works. Checking it would add nothing, because browsers send the port that they
    /// connect to: other local pages are refused by origin, and a client that can forge headers needs the session.
    /// </summary>
    private void CheckHost(HttpContext context)
    {
        var host = context.Request.Host.Host;
        var isLocal = LocalNames.Contains(host, StringComparer.OrdinalIgnoreCase)
            && context.Connection.LocalIpAddress is { } address && IPAddress.IsLoopback(address);
        if (!isLocal && !settings.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase))
        {
            throw new ConsoleException(
                403, "ForeignHost",
                $"The console doesn't accept the host name '{Printable.Text(context.Request.Host.Value)}'. Open the "
                + "address that mme console printed, or allow this name with --console-host.");
        }
    }

    private void CheckOrigin(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        // A proxy may have terminated TLS.
        var isForeign = origin.Length > 0 && !IsOf(origin, request.Scheme, request.Host)
            && !(settings.Hosts.Count > 0 && IsOf(origin, "https", request.Host));
        // A link from elsewhere may open the page, which then asks for the address.
        var isCrossSite = site is not ("" or "same-origin" or "none") && !IsPage(request.Path);
        if (isForeign || isCrossSite)
        {
            throw new ConsoleException(
                403, "ForeignOrigin",
                "The console accepts requests only from its own page. Open the address that mme console printed.");
        }
    }

    /// <summary>Returns true for the page, which contains no secret. Every other path requires the session.</summary>
    private static bool IsPage(PathString path) => path.Value is "/" or "/console" or "/console/";

    private static bool IsRead(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    private static bool IsOf(string origin, string scheme, HostString host) =>
        string.Equals(origin, $"{scheme}://{host}", StringComparison.OrdinalIgnoreCase);

    private void CheckAccess(HttpContext context)
    {
        var request = context.Request;
        if (IsPage(request.Path) || request.Path == SessionPath)
        {
            return;
        }

        if (!ConsoleSecrets.AreEqual(request.Cookies[CookieName(request)], secrets.Session))
        {
            throw NoSession();
        }

        if (IsRead(request) && request.Path.StartsWithSegments(PicturePath))
        {
            // The page shows pictures with <img>, which sends no header.
            return;
        }

        if (!ConsoleSecrets.AreEqual(request.Headers[CsrfHeader].ToString(), secrets.Csrf))
        {
            // Browsers send a cookie to all ports of its host, so it doesn't prove that the page sent this.
            throw IsRead(request) ? NoSession() : new ConsoleException(
                403, "NoHeader", $"The request lacks the page's {CsrfHeader} header. Reload the page.");
        }

        if (!IsRead(request) && settings.IsReadOnly)
        {
            throw new ConsoleException(
                403, "ReadOnly", "This console is read-only. Start mme console without --read-only to make changes.");
        }
    }

    private static ConsoleException NoSession() => new(
        401, "NoSession", "You aren't signed in. Open the address that mme console printed; it ends with the token.");

    private ConsoleException Explain(Exception exception, HttpRequest request)
    {
        switch (exception)
        {
            case ConsoleException expected:
                return expected;
            case BadHttpRequestException { StatusCode: 413 }:
                var limit = request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
                return new ConsoleException(413, "TooLarge", $"The file exceeds the limit of {limit} bytes.");
            case BadHttpRequestException bad:
                return new ConsoleException(bad.StatusCode, "InvalidRequest", bad.Message);
            case NoSuchModelException missing:
                return new ConsoleException(404, "ModelNotFound", missing.Refusal.Message);
            case TruthConflictException conflict:
                return new ConsoleException(409, "Exists", conflict.Message);
            case ModelReplacedException replaced:
                return new ConsoleException(409, "ModelReplaced", $"{replaced.Message} Try again.");
            case ModelCacheBusyException busy:
                return new ConsoleException(503, "Busy", busy.Message);
            case RequestFailedException { Status: 400 } when HasCursor(request):
                return ConsoleException.Invalid(
                    "Storage doesn't recognize this position in the list. Start from the beginning.");
            case OperationCanceledException when lifetime.ApplicationStopping.IsCancellationRequested:
                return new ConsoleException(503, "Busy", "The console is shutting down.");
        }

        if (ErrorText.Explain(exception) is { } explained)
        {
            logger.LogWarning(exception, "A request failed");
            return new ConsoleException(503, $"{explained.Kind}Failed", explained.Text);
        }

        logger.LogError(exception, "A request failed");
        return new ConsoleException(500, "InternalFailure", "The console failed. Its log contains the reason.");
    }

    // Together with 'to', 'from' is a label instead.
    private static bool HasCursor(HttpRequest request) => request.Query.ContainsKey("cursor")
        || (request.Query.ContainsKey("from") && !request.Query.ContainsKey("to"));

    private static async Task WriteAsync(HttpContext context, ConsoleException error)
    {
        // The server must read a refused file to its end, or the browser reports a broken connection, not the error.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("error");
            json.WriteString("code", error.Code);
            json.WriteString("message", error.Message);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.StatusCode = error.Status;
        await context.AnswerAsync(body.GetBuffer().AsMemory(0, (int)body.Length), ConsoleBody.Json);
    }
}
