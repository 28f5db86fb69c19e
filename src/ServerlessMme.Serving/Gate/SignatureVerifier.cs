using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Gate;

/// <summary>
/// Verifies AWS Signature Version 4 for the service <c>sagemaker</c>, in any region, with the keys in
/// <see cref="ServeOptions.Keys"/>. Without keys, every request passes. Thread-safe.
/// </summary>
internal sealed class SignatureVerifier(IOptions<ServeOptions> options, TimeProvider time)
{
    private const string TimeForm = "yyyyMMdd'T'HHmmss'Z'";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    // Proxies add tracing headers after the request was signed.
    private static readonly string[] Unsigned = ["x-amzn-trace-id"];

    private readonly Dictionary<string, string> _keys = options.Value.Keys;

    /// <summary>
    /// Rejects a request, before its body is read, if the headers alone show that its signature is missing or invalid.
    /// </summary>
    /// <returns>The signature, to be checked against the body; null if requests don't have to be signed.</returns>
    /// <exception cref="ServeException">
    /// 403: the signature is missing, malformed, more than 5 minutes off, leaves out a header, or names an unknown key.
    /// </exception>
    public RequestSignature? CheckHead(HttpRequest request)
    {
        if (_keys.Count == 0)
        {
            return null;
        }

        var credential = Read(request);
        var at = request.Headers["X-Amz-Date"].ToString();
        if (!DateTimeOffset.TryParseExact(
                at, TimeForm, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt)
            || !at.StartsWith(credential.Scope[0], StringComparison.Ordinal)
            || (time.GetUtcNow() - signedAt).Duration() > Skew)
        {
            throw Refuse(
                "InvalidSignatureException",
                "The header X-Amz-Date is invalid or more than 5 minutes off. Check the client's clock.");
        }

        return Array.Find(Needed(request), name => !credential.SignedHeaders.Contains(name)) is { } missing
            ? throw Refuse(
                "InvalidSignatureException",
                $"The header '{missing}' is not signed. Sign 'host' and all headers that begin with 'x-amz'.")
            : new RequestSignature(request, credential, _keys[credential.Key], at);
    }

    private Credential Read(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            throw Refuse(
                "MissingAuthenticationTokenException",
                "The request is not signed. Sign it with a key from Mme:Serve:Keys.");
        }

        if (Credential.Parse(header) is not { } credential || credential.Scope is not [_, _, "sagemaker", _])
        {
            throw Refuse(
                "IncompleteSignatureException",
                "The header Authorization has no AWS signature (version 4) for the service 'sagemaker'.");
        }

        return _keys.ContainsKey(credential.Key)
            ? credential
            : throw Refuse("UnrecognizedClientException", "The access key is not in Mme:Serve:Keys.");
    }

    /// <summary>Returns the headers that must be signed: the host and all AWS headers.</summary>
    private static string[] Needed(HttpRequest request) =>
    [
        "host",
        .. request.Headers.Keys.Select(name => name.ToLowerInvariant())
            .Where(name => name.StartsWith("x-amz", StringComparison.Ordinal) && !Unsigned.Contains(name)),
    ];

    private static ServeException Refuse(string code, string message) => new(new ServeError(403, code, message));
}
