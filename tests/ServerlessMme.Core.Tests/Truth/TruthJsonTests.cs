using System.Text;
using ServerlessMme.Core.Truth;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Core.Tests.Truth;

public sealed class TruthJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 24, 12, 0, 0, 5, TimeSpan.Zero);

    public static TheoryData<string, string?> Written => new()
    {
        { "ship", "anna@desk" },
        { "a, \"b\" 🚢 Ü", null },
        { new string('é', TruthJson.MaxLabel), new string('x', TruthJson.MaxBy) },
    };

    [Theory]
    [MemberData(nameof(Written))]
    public async Task What_is_written_is_valid_and_read_again(string label, string? by)
    {
        var truth = new CorrectLabel(label, by, by is null ? null : At);

        var json = TruthJson.Write(truth);

        await SchemaCheck.AssertAsync("truth", Encoding.UTF8.GetString(json));
        Assert.Equal(truth, TruthJson.Read(json));
    }

    [Fact]
    public void The_json_is_the_contracts() => Assert.Equal(
        """{"label":"ship","by":"anna","at":"2026-11-24T12:00:00.005Z"}""",
        Encoding.UTF8.GetString(TruthJson.Write(new CorrectLabel("ship", "anna", At))));

    [Theory]
    [InlineData("""{"label":"ship"}""")]
    [InlineData("\uFEFF{\"label\":\"ship\"}")]
    [InlineData("""{"label":"ship","by":1,"at":"yesterday","note":{"a":[]}}""")]
    public void The_label_alone_is_enough(string json) =>
        Assert.Equal(new CorrectLabel("ship", null, null), TruthJson.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData("ship")]
    [InlineData("[]")]
    [InlineData("\"ship\"")]
    [InlineData("{}")]
    [InlineData("""{"label":""}""")]
    [InlineData("""{"label":null}""")]
    [InlineData("""{"label":["ship"]}""")]
    [InlineData("""{"label":"\ud800"}""")]
    [InlineData("{\"label\":\"ship\"")]
    public void Other_json_is_no_correct_label(string json) =>
        Assert.Null(TruthJson.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_label_longer_than_any_models_is_none() => Assert.Null(TruthJson.Read(
        Encoding.UTF8.GetBytes($$"""{"label":"{{new string('x', TruthJson.MaxLabel + 1)}}"}""")));
}
