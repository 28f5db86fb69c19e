using ServerlessMme.Core.Failures;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>Names, labels, pictures and reasons that would run a script, or worse, in a careless page.</summary>
internal static class HostileData
{
    public const string Image = "<img src=x onerror=window.pwned=1>.jpg";

    public const string Script = "<script>window.pwned=1</script>";

    /// <summary>Text that turns the direction of what follows, so that a name can pose as another one.</summary>
    public const string Reversed = "invoice-\u202Egpj.exe.jpg";

    public const string RightToLeft = "صورة/תמונה.jpg";

    /// <summary>As long as a name can be so that its label can be stored.</summary>
    public static readonly string Long = $"long/{new string('n', 1_010)}.jpg";

    /// <summary>Ten labels, the number that the model has scores for.</summary>
    public static readonly IReadOnlyList<string> Labels =
    [
        Script, "<img src=x onerror=window.pwned=1>", "\"><svg onload=window.pwned=1>", "javascript:window.pwned=1",
        "${window.pwned=1}", "{{constructor.constructor('window.pwned=1')()}}", "\u202Eevil", "قطة",
        new string('w', 256), "__proto__",
    ];

    /// <summary>Images whose bytes are no picture, or one that must not be decoded.</summary>
    private static readonly (string Name, byte[] Content, ErrorCode Code)[] Refused =
    [
        ("broken.jpg", "no picture"u8.ToArray(), ErrorCode.NotAnImage),
        ("huge.png", Pictures.Huge(), ErrorCode.TooManyPixels),
        ("page.jpg", "<html><script>window.pwned=1</script></html>"u8.ToArray(), ErrorCode.NotAnImage),
        (
            "vector.jpg",
            "<svg xmlns='http://www.w3.org/2000/svg' onload='window.pwned=1'><script>window.pwned=1</script></svg>"u8
                .ToArray(),
            ErrorCode.NotAnImage),
    ];

    /// <summary>All names, those that are refused too.</summary>
    public static IReadOnlyList<string> Images { get; } =
    [
        Image, "a/<script>window.pwned=1<" + "/script>.jpg", "\"><svg onload=window.pwned=1>.jpg", "' onerror='x.jpg",
        "%3Cscript%3E.jpg", "a?b=c&d#e.jpg", Reversed, RightToLeft, Long,
        .. Refused.Select(each => each.Name), "truncated.jpg",
    ];

    public static async Task SeedAsync(LabeledDrops drops, Answerer by, Work work)
    {
        var answered = Images.Take(Images.Count - Refused.Length - 1);
        await LabeledDrops.ForEachAsync(answered.Index(), each => drops.AnswerAsync(
            by, each.Item, Pictures.Draw(each.Index), each.Index % 10, 0.4f + (0.05f * each.Index),
            each.Index is > 0 and < 6 ? by.Labels[each.Index - 1] : null));
        await LabeledDrops.ForEachAsync(Refused, each => drops.RefuseAsync(
            by, each.Name, each.Content, each.Code, $"'{each.Name}' is refused. {Script}"));
        var half = await File.ReadAllBytesAsync(
            Path.Combine(Repository.Samples("sign-language-digits"), "truncated.jpg"));
        await drops.RefuseAsync(by, "truncated.jpg", half, ErrorCode.TruncatedImage, Script);
        await work.PoisonAsync(Script, "<img src=x onerror=window.pwned=1>", Script);
    }
}
