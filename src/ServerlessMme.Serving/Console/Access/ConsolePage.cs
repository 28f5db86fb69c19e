using System.Text.Json;

namespace ServerlessMme.Serving.Console.Access;

/// <summary>The page, which this assembly embeds, and the policy under which browsers run it.</summary>
internal sealed class ConsolePage
{
    private const string Folder = "Console/";

    public ConsolePage()
    {
        Html = Read("index.html");
        using var hashes = JsonDocument.Parse(Read("csp.json"));
        var script = hashes.RootElement.GetProperty("script").GetString();
        var style = hashes.RootElement.GetProperty("style").GetString();
        Policy = $"default-src 'none'; script-src '{script}'; style-src '{style}'; img-src 'self' data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types lit-html";
    }

    /// <summary>The page's HTML in UTF-8.</summary>
    public ReadOnlyMemory<byte> Html { get; }

    /// <summary>The content security policy. It allows only the page's own script and style, by their hashes.</summary>
    public string Policy { get; }

    private static byte[] Read(string name)
    {
        using var stream = typeof(ConsolePage).Assembly.GetManifestResourceStream(Folder + name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
