using System.Collections.Concurrent;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Core.Pipeline;

/// <summary>Creates the labels of one batch. Thread-safe.</summary>
internal sealed class LabelFactory(ClassifyRequest request, AcquiredModel acquired, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, LabelStamp> _existing = new(StringComparer.Ordinal);

    // Images whose label may contain answers of a group's members that are still current.
    private readonly ConcurrentDictionary<string, bool> _keepable = new(StringComparer.Ordinal);

    /// <summary>The model that answers.</summary>
    public AnsweringModel Model { get; } = acquired.Lease?.Model is { } model
        ? new AnsweringModel(
            request.Model.Value,
            model.Descriptor.Version,
            model.Digest,
            model.Backend.Type,
            model.Descriptor.Name == request.Model ? null : model.Descriptor.Name.Value)
        : new AnsweringModel(request.Model.Value, acquired.Version, null, null) { Members = acquired.Members?.Count };

    /// <summary>The model version in a label that is current.</summary>
    public string Version => acquired.Version ?? LabelStamp.NoModel;

    /// <summary>
    /// Why no image of the batch can be scored; null if a model is leased, or if the members of a group will be.
    /// </summary>
    public Refusal? ModelRefusal => acquired.Members is null ? acquired.Refusal : null;

    /// <summary>
    /// Remembers an image's label. Returns the image version that need not be labeled again; null if every version must
    /// be labeled.
    /// </summary>
    /// <param name="existing">The label; null if the image has none or it was not looked up.</param>
    public string? UnlessETag(string image, LabelStamp? existing, IBatchObserver? observer)
    {
        if (existing is null)
        {
            return null;
        }

        _existing[image] = existing;
        if (observer?.Accepts(existing) == false)
        {
            return null;
        }

        if (existing.ModelVersion == Version)
        {
            return existing.ImageETag;
        }

        if (acquired.Members is not null && GroupVersion.Is(existing.ModelVersion))
        {
            _keepable[image] = true;
        }

        return null;
    }

    /// <summary>
    /// Returns true if the image has a label of an earlier version of the group, whose current answers may be kept.
    /// </summary>
    public bool MayKeep(ImageReference image) => _keepable.ContainsKey(image.Name) && ExistingOf(image) is not null;

    /// <summary>Returns the label that this one replaces; null if none is known for the same bytes.</summary>
    public LabelStamp? ReplacedBy(Label label) => ExistingOf(label.Image);

    public Label Refuse(ImageReference image, Refusal refusal) => Create(image, [], refusal);

    /// <param name="scores">One score per label of the manifest.</param>
    public Label Answer(ImageReference image, float[] scores)
    {
        var manifest = acquired.Lease!.Model.Manifest;
        var top = TopClasses.Of(scores, manifest.Labels, request.Top ?? manifest.Top);
        return Create(image, top, null) with
        {
            Labels = TopClasses.True(scores, manifest),
            IsUnsure = TopClasses.IsUnsure(scores, manifest),
        };
    }

    /// <summary>Creates the label of a group, which repeats the answer of the member with the highest score.</summary>
    /// <param name="answers">One per member, in the group's order.</param>
    public Label Answer(
        ImageReference image, IReadOnlyList<GroupMember> members, IReadOnlyList<MemberAnswer> answers)
    {
        var model = Model with { Version = VersionOf(members, answers) };
        var best = answers.Where(answer => answer.Score is not null).MaxBy(answer => answer.Score);
        if (best is null)
        {
            var first = answers[0].Read().Error!;
            var none = members.Count == 1
                ? $"The only member of group '{Model.Name}' returned no answer."
                : $"None of the {members.Count} members of group '{Model.Name}' returned an answer.";
            return Create(image, model, [], new Refusal(
                first.Code, $"{none} Member '{answers[0].Member}' reports: {first.Message}")) with
            {
                Answers = answers,
            };
        }

        var given = best.Read();
        return Create(image, model, given.Top, null) with
        {
            Labels = given.Labels,
            IsUnsure = given.IsUnsure,
            Member = best.Member,
            Answers = answers,
        };
    }

    /// <summary>
    /// Returns the version of a group whose members answered in these versions, which may be newer than listed.
    /// </summary>
    private string? VersionOf(IReadOnlyList<GroupMember> members, IReadOnlyList<MemberAnswer> answers)
    {
        for (var i = 0; i < members.Count; i++)
        {
            if (members[i].Version != answers[i].Version)
            {
                return GroupVersion.Of(members.Zip(
                    answers, (member, answer) => member with { Version = answer.Version }));
            }
        }

        return Model.Version;
    }

    private Label Create(ImageReference image, IReadOnlyList<ScoredClass> top, Refusal? refusal) =>
        Create(image, Model, top, refusal);

    private Label Create(
        ImageReference image, AnsweringModel model, IReadOnlyList<ScoredClass> top, Refusal? refusal)
    {
        var existing = ExistingOf(image);
        var isNewVersion = existing?.ModelVersion != (model.Version ?? LabelStamp.NoModel);
        var previous = isNewVersion ? existing?.Answer : existing?.PreviousAnswer;
        return new Label(image, model, top, refusal, time.GetUtcNow(), previous);
    }

    // A label for other bytes under the same name shows nothing about the model.
    private LabelStamp? ExistingOf(ImageReference image) =>
        _existing.TryGetValue(image.Name, out var existing)
        && existing.ImageETag == (image.ETag ?? LabelStamp.NoImage)
            ? existing
            : null;
}
