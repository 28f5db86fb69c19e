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
        WriteAsync(new Label(
            new ImageReference(model.ImagesContainer, image, etag, 10),
            new AnsweringModel(model.Value, "v1", "sha256:0", "onnx"),
            [new ScoredClass(label, 0, score)],
            null,
            Noon,
            previous)
        {
            IsUnsure = isUnsure,
        });

    public Task RefuseAsync(string image, ErrorCode code, string message = "No.") =>
        WriteAsync(new Label(
            new ImageReference(model.ImagesContainer, image, "e1", 10),
            new AnsweringModel(model.Value, "v1", "sha256:0", "onnx"), [], new Refusal(code, message), Noon));

    private Task WriteAsync(Label label) => new BlobLabelSink(account).WriteAsync(model, label, CancellationToken.None);
}
