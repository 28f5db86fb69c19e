using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;

namespace ServerlessMme.Serving.Tests.Gate;

/// <summary>AWS's own test suite of Signature Version 4; vectors/README.md says where it is from.</summary>
public sealed class SignatureVectorTests
{
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string At = "20150830T123600Z";

    private static readonly Dictionary<string, JsonElement> Vectors =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Gate", "vectors", "sigv4.json")))
            .RootElement.EnumerateArray().ToDictionary(vector => vector.GetProperty("name").GetString()!);

    public static TheoryData<string> Names() => [.. Vectors.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_canonical_request_is_the_one_of_AWS(string name)
    {
        var (request, body) = Request(Text(name, "request"));

        var canonical = CanonicalRequest.Of(request, Signature(name).SignedHeaders, body);

        Assert.Equal(Text(name, "canonical"), canonical.First());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_signature_of_AWS_is_accepted_and_no_other(string name)
    {
        var (request, body) = Request(Text(name, "request"));
        var signature = Signature(name);

        new RequestSignature(request, signature, Secret, At).CheckBody(body);

        Assert.Throws<ServeException>(() => new RequestSignature(request, signature, "another", At).CheckBody(body));
        Assert.Throws<ServeException>(() => new RequestSignature(request, signature, Secret, At).CheckBody("x"u8));
    }

    private static string Text(string name, string member) => Vectors[name].GetProperty(member).GetString()!;

    private static Credential Signature(string name) => Credential.Parse(Text(name, "authorization"))!;

    /// <summary>A request as the suite writes it: the target isn't escaped, and headers may be folded.</summary>
    private static (HttpRequest Request, byte[] Body) Request(string text)
    {
        var parts = text.Split("\n\n", 2);
        var lines = parts[0].Replace("\n ", "\r ", StringComparison.Ordinal).Split('\n');
        var request = new DefaultHttpContext().Request;
        request.Method = lines[0][..lines[0].IndexOf(' ', StringComparison.Ordinal)];
        request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget =
            lines[0][(request.Method.Length + 1)..lines[0].LastIndexOf(' ')];
        foreach (var header in lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split(':', 2)))
        {
            request.Headers.Append(header[0], header[1]);
        }

        return (request, parts.Length > 1 ? Encoding.UTF8.GetBytes(parts[1]) : []);
    }
}
