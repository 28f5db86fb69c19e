using System.Text;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage;
using ServerlessMme.Storage.Labels;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>Drops and labels of one model, as workers leave them.</summary>
internal sealed class ConsoleData(StorageAccount account, ModelName model)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public ModelName Model => model;

    public async Task<string> DropAsync(string image, byte[] content)
    {
        var uploaded = await account.ImagesOf(model).GetBlobClient(image)
            .UploadAsync(BinaryData.FromBytes(content), overwrite: true);
        return uploaded.Value.ETag.ToString().Trim('"');
    }

    public Task LabelAsync(
        string image, string label, float score = 0.9f, bool isUnsure = false, string? previous = null,
        string? etag = "e1") =>
        WriteAsync(LabelOf(image, label, score, isUnsure, previous, etag));

    public Task RefuseAsync(string image, ErrorCode code, string message = "No.") =>
        WriteAsync(new Label(
            new ImageReference(model.ImagesContainer, image, "e1", 10),
            new AnsweringModel(model.Value, "v1", "sha256:0", "onnx"), [], new Refusal(code, message), Noon));

    /// <summary>An archive's answer, with one line per entry.</summary>
    public async Task AnswerArchiveAsync(string archive, params (string Entry, string Label)[] entries)
    {
        var lines = entries.Select(entry => Encoding.UTF8.GetString(LabelJson.Write(LabelOf(
            $"{archive}/{entry.Entry}", entry.Label, 0.9f, false, null, "e1"))) + "\n");
        var container = account.LabelsOf(model);
        await container.GetBlobClient(archive + ".jsonl").UploadAsync(BinaryData.FromString(string.Concat(lines)));
        await container.GetBlobClient(archive + ".summary.json").UploadAsync(BinaryData.FromString("{}"));
    }

    private Label LabelOf(
        string image, string label, float score, bool isUnsure, string? previous, string? etag) =>
        new(
            new ImageReference(model.ImagesContainer, image, etag, 10),
            new AnsweringModel(model.Value, "v1", "sha256:0", "onnx"),
            [new ScoredClass(label, 0, score)],
            null,
            Noon,
            previous)
        {
            IsUnsure = isUnsure,
        };

    private Task WriteAsync(Label label) => new BlobLabelSink(account).WriteAsync(model, label, CancellationToken.None);
}
