using System.Text;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Core.Tests.Models.Manifests;

public sealed class AcceptSpecTests
{
    [Theory]
    [InlineData("""{}""", new[] { 0.4f, 0.35f, 0.25f }, false)]
    [InlineData("""{"minScore":0.7}""", new[] { 0.7f, 0.2f, 0.1f }, false)]
    [InlineData("""{"minScore":0.7}""", new[] { 0.6999f, 0.2f, 0.1001f }, true)]
    [InlineData("""{"minMargin":0.1}""", new[] { 0.45f, 0.1f, 0.45f }, true)]
    [InlineData("""{"minMargin":0.1}""", new[] { 0.2f, 0.6f, 0.2f }, false)]
    [InlineData("""{"minScore":0.5,"labels":{"ship":0.8}}""", new[] { 0.1f, 0.7f, 0.2f }, true)]
    [InlineData("""{"minScore":0.9,"labels":{"ship":0.5}}""", new[] { 0.1f, 0.7f, 0.2f }, false)]
    public void The_best_class_decides_whether_an_answer_is_unsure(string accept, float[] scores, bool expected) =>
        Assert.Equal(expected, TopClasses.IsUnsure(scores, Read(accept).Value));

    [Fact]
    public void One_class_has_no_margin() => Assert.False(TopClasses.IsUnsure(
        [0.5f], Read("""{"minMargin":0.9}""").Value with { Labels = ["plane"] }));

    [Theory]
    [InlineData("""{"minScore":1.5}""", "accept.minScore must be from 0 to 1")]
    [InlineData("""{"minScore":"high"}""", "accept.minScore must be a number")]
    [InlineData("""{"labels":{"boat":0.5}}""", "accept.labels.boat is unknown (known members: plane, ship, car)")]
    [InlineData("""{"labels":{"ship":-1}}""", "accept.labels.ship must be from 0 to 1")]
    [InlineData("""{"least":0.5}""", "accept.least is unknown")]
    public void A_threshold_that_is_none_is_named(string accept, string expected) =>
        Assert.Contains(expected, Read(accept).Refusal!.Message, StringComparison.Ordinal);

    [Fact]
    public void Independent_labels_have_their_own_threshold() => Assert.Contains(
        "accept only applies if output.task is single",
        Read("""{"minScore":0.5}""", """{"task":"multi"}""").Refusal!.Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task An_archive_counts_its_unsure_answers_again_after_a_restart()
    {
        var tally = new ArchiveTally();
        var labels = new[] { Label(isUnsure: true), Label(isUnsure: false), Label(isUnsure: true) };
        foreach (var label in labels)
        {
            tally.Add(label);
        }

        using var lines = new MemoryStream([.. labels.SelectMany(label => LabelJson.Write(label).Append((byte)'\n'))]);
        var again = await ArchiveTally.ReadAsync(lines, TestContext.Current.CancellationToken);

        Assert.Equal((2, 3), (tally.Unsure, tally.Lines));
        Assert.Equal((2, 3), (again.Unsure, again.Lines));
    }

    private static Label Label(bool isUnsure) => new(
        new ImageReference("images-x", "a.jpg", "0x1", 1), new AnsweringModel("x", "v1", null, "onnx"),
        [new ScoredClass("ship", 1, 0.5f)], null, DateTimeOffset.UnixEpoch)
    {
        IsUnsure = isUnsure,
    };

    private static Core.Failures.Outcome<Manifest> Read(string accept, string output = "{}") => ManifestReader.Read(
        ModelName.Parse("m").Value,
        Encoding.UTF8.GetBytes($$"""
            {"labels":["plane","ship","car"],"input":{"width":1,"height":1},"output":{{output}},"accept":{{accept}}}
            """));
}
