using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Labels;

public sealed class LabelJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 22, 19, 0, 0, TimeSpan.Zero);
    private static readonly string Digest = "sha256:" + new string('0', 64);

    [Fact]
    public async Task An_answer_has_the_documented_form()
    {
        var json = Write(new Label(
            new ImageReference("images-cifar10", "holiday/plane.jpg", "0x8DC", 8123),
            new AnsweringModel("cifar10", "0x8DB", Digest, "onnx"),
            [new ScoredClass("airplane", 0, 0.981f), new ScoredClass("ship", 8, 0.011f)],
            null,
            At));

        const string expected = """
            {"image":{"container":"images-cifar10","name":"holiday/plane.jpg","etag":"0x8DC","bytes":8123},
            "model":{"name":"cifar10","version":"0x8DB","digest":"DIGEST","backend":"onnx"},
            "label":"airplane","score":0.981,
            "top":[{"label":"airplane","index":0,"score":0.981},{"label":"ship","index":8,"score":0.011}],
            "classifiedAt":"2026-11-22T19:00:00.000Z"}
            """;
        Assert.Equal(
            expected.ReplaceLineEndings("").Replace("DIGEST", Digest, StringComparison.Ordinal), json);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("label", json));
    }

    [Theory]
    [InlineData(new[] { "cat", "sofa" }, "\"labels\":[\"cat\",\"sofa\"]", "cat + sofa")]
    [InlineData(new string[0], "\"labels\":[]", "(none)")]
    public async Task Independent_labels_are_listed(string[] labels, string member, string answer)
    {
        var label = new Label(
            new ImageReference("images-x", "a.jpg", "0x1", 1),
            new AnsweringModel("x", "0x1", Digest, "onnx"),
            [new ScoredClass("cat", 0, 0.9f), new ScoredClass("sofa", 1, 0.7f)],
            null,
            At)
        {
            Labels = labels,
        };

        Assert.Equal(answer, label.Answer);
        Assert.Contains(member, Write(label), StringComparison.Ordinal);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("label", Write(label)));
    }

    [Fact]
    public async Task A_refusal_stands_in_place_of_the_answer()
    {
        var json = Write(new Label(
            new ImageReference("images-x", "a.jpg", null, 0),
            new AnsweringModel("x", null, null, null),
            [],
            new Refusal(ErrorCode.ModelNotFound, "No model."),
            At));

        Assert.Contains("\"error\":{\"code\":\"ModelNotFound\",\"message\":\"No model.\"}", json, StringComparison.Ordinal);
        Assert.DoesNotContain("\"top\"", json, StringComparison.Ordinal);
        Assert.Equal("", await SchemaCheck.ProblemsAsync("label", json));
    }

    [Fact]
    public async Task Every_error_code_is_in_the_schema()
    {
        using var schema = JsonDocument.Parse(await SchemaCheck.ReadAsync("label"));
        var codes = schema.RootElement.GetProperty("properties").GetProperty("error").GetProperty("properties")
            .GetProperty("code").GetProperty("enum").EnumerateArray().Select(code => code.GetString());

        Assert.Equal(Enum.GetNames<ErrorCode>().Order(), codes.Order());
    }

    [Fact]
    public void A_label_is_one_line_whatever_the_image_is_called()
    {
        var json = Write(new Label(
            new ImageReference(null, "a\nb\u2028\"c\"", null, 1),
            new AnsweringModel("x", null, null, null),
            [new ScoredClass("ü", 0, 1)],
            null,
            At));

        Assert.DoesNotContain('\n', json);
        Assert.Contains("\"label\":\"ü\"", json, StringComparison.Ordinal);
    }

    private static string Write(Label label) => Encoding.UTF8.GetString(LabelJson.Write(label));
}
