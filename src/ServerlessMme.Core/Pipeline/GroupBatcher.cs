using ServerlessMme.Core.Groups;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>
/// Labels micro-batches with every member of a group. They are larger than those of a model, because members that don't
/// fit into memory together are loaded once per micro-batch. Thread-safe.
/// </summary>
internal sealed class GroupBatcher : IImageBatcher
{
    // Maximum part of the memory for encoded images that one micro-batch holds, regardless of the number of groups.
    private const int ShareOfImages = 8;

    private readonly IReadOnlyList<GroupMember> _members;
    private readonly GroupRequest _request;
    private readonly GroupScorer _scorer;
    private readonly LabelFactory _labels;
    private readonly Func<string, CancellationToken, Task<Stream?>>? _open;
    private readonly Lazy<StoredAnswers> _stored;
    private readonly int _transfers;
    private readonly long _enoughBytes;

    /// <param name="open">Opens an image's stored label; null if no answer may be kept.</param>
    public GroupBatcher(
        ClassifyRequest request,
        IReadOnlyList<GroupMember> members,
        GroupScorer scorer,
        LabelFactory labels,
        WorkingMemory memory,
        PipelineOptions options,
        Func<string, CancellationToken, Task<Stream?>>? open)
    {
        _members = members;
        _request = new GroupRequest(request.Model, members, request.Top);
        _scorer = scorer;
        _labels = labels;
        _open = open;
        _stored = new Lazy<StoredAnswers>(() => new StoredAnswers(members));
        _enoughBytes = memory.Images.LargestBytes / ShareOfImages;
        _transfers = options.Transfers;
    }

    // A group uses all processors for one micro-batch, and two would load the same models twice.
    public int? MaxParallel => 1;

    public TimeSpan Patience { get; } = TimeSpan.FromSeconds(0.25);

    public bool IsFull(List<EncodedImage> images) =>
        images.Count >= _scorer.Answers.ImagesAtOnce(_request.Group, _members.Count)
        || images.Sum(image => image.Reference.Bytes) >= _enoughBytes;

    public async Task<IReadOnlyList<Label>> ClassifyAsync(
        IReadOnlyList<EncodedImage> images, CancellationToken cancellationToken)
    {
        try
        {
            GroupImage[] asked = [.. images.Select(image => new GroupImage(image, _members.Count))];
            await KeepAsync(asked, cancellationToken);
            await _scorer.ScoreAsync(_request, asked, cancellationToken);
            _scorer.Answers.Learn(_request.Group, asked);
            return Array.ConvertAll(asked, image => image.Refusal is { } refusal
                ? _labels.Refuse(image.Image.Reference, refusal)
                : _labels.Answer(image.Image.Reference, _members, image.Answers));
        }
        finally
        {
            foreach (var image in images)
            {
                image.Dispose();
            }
        }
    }

    /// <summary>Keeps answers from the images' stored labels if the member's published version is unchanged.</summary>
    private async Task KeepAsync(GroupImage[] images, CancellationToken cancellationToken)
    {
        if (_open is null)
        {
            return;
        }

        var parallel = new ParallelOptions
        {
            // Each holds a whole label in memory for a moment.
            MaxDegreeOfParallelism = Math.Min(_transfers, images.Length),
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            images.Where(image => _labels.MayKeep(image.Image.Reference)), parallel, async (image, stopping) =>
            {
                if (await _open(image.Image.Reference.Name, stopping) is not { } stream)
                {
                    return;
                }

                await using (stream)
                {
                    using var label = new MemoryStream();
                    await stream.CopyToAsync(label, stopping);
                    _stored.Value.Keep(image, label.GetBuffer().AsMemory(0, (int)label.Length));
                }
            });
    }
}
