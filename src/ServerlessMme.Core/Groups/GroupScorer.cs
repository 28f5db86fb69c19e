using System.Threading.RateLimiting;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Groups;

/// <summary>
/// Gets missing answers from the members of a group. Members are the outer loop and images the inner one, because a
/// group may have more members than fit into memory. Each task leases one member at a time, so tasks never wait for
/// each other's leases. Thread-safe; one per process.
/// </summary>
internal sealed class GroupScorer
{
    /// <summary>
    /// Maximum number of micro-batches of groups at once. They hold tensors while they wait for models, and a model's
    /// own micro-batch holds its model while it waits for tensors, so all groups together leave half of the tensors'
    /// memory free.
    /// </summary>
    private const int AtOnce = 2;

    private readonly ModelCache _cache;
    private readonly MemoryGate _tensors;
    private readonly GroupPasses _passes;
    private readonly MemberInputs _inputs = new();

    /// <summary>The estimated size of the answers.</summary>
    public GroupAnswers Answers { get; } = new();

    // Never disposed: a limiter without a timer holds nothing but memory.
    private readonly ConcurrencyLimiter _turns = CreateTurns();

    /// <param name="workers">Number of members that score in parallel.</param>
    public GroupScorer(ModelCache cache, IImagePreprocessor preprocessor, WorkingMemory memory, int workers)
    {
        _cache = cache;
        _tensors = memory.Tensors;
        _passes = new GroupPasses(cache, preprocessor, memory.Runs, _inputs, workers);
    }

    /// <summary>
    /// Adds the answers that the images lack. If a member cannot answer, its refusal becomes its answer. Failures of
    /// storage or an endpoint are thrown.
    /// </summary>
    public async Task ScoreAsync(
        GroupRequest request, IReadOnlyList<GroupImage> images, CancellationToken cancellationToken)
    {
        var open = FindOpen(request, images);
        if (open.Count == 0)
        {
            return;
        }

        using var turn = await _turns.AcquireAsync(1, cancellationToken);
        while (await LearnAsync(request, images, open, cancellationToken) is { } input)
        {
            // Members whose input is not known yet are included. Those that take another input wait for a later pass.
            List<int> asked = [.. open.Where(
                member => _inputs.Find(request.Members[member])?.IsSame(input) != false)];
            var share = _tensors.LargestBytes / (2 * AtOnce);
            var own = input.Tensor?.ByteCount ?? 0L;
            // Shared results get the part of the share that the tensor leaves. If nothing is left, each member computes
            // them itself. Beyond the share, a group might wait for models that wait for tensors.
            var room = own == 0 ? 0 : Math.Min(SharedRuns.RoomPerImage(own), Math.Max(0, share - own));
            var bytes = own + room;
            var wave = bytes == 0 ? images.Count : (int)Math.Clamp(share / bytes, 1, images.Count);
            using var held = bytes == 0
                ? null
                : await _tensors.AcquireAsync(Math.Min(bytes * wave, _tensors.LargestBytes), cancellationToken);
            var done = await _passes.RunAsync(request, images, asked, input, wave, room, cancellationToken);
            open = [.. open.Where(member => !done.Contains(member))];
        }
    }

    /// <summary>Returns the members that must score. An unpublished member gets a refusal as its answer.</summary>
    private static List<int> FindOpen(GroupRequest request, IReadOnlyList<GroupImage> images)
    {
        var open = new List<int>();
        for (var i = 0; i < request.Members.Count; i++)
        {
            if (!images.Any(image => image.Lacks(i)))
            {
                continue;
            }

            if (request.Members[i].Version is null)
            {
                request.Refuse(i, images, null, RefusalOf(request.Group, request.Members[i]));
            }
            else
            {
                open.Add(i);
            }
        }

        return open;
    }

    /// <summary>
    /// Returns the input of the first open member, or null if none is open. Removes members that refuse.
    /// </summary>
    private async Task<MemberInput?> LearnAsync(
        GroupRequest request, IReadOnlyList<GroupImage> images, List<int> open, CancellationToken cancellationToken)
    {
        MemberInput? found = null;
        var refused = 0;
        while (found is null && refused < open.Count)
        {
            var member = request.Members[open[refused]];
            found = _inputs.Find(member);
            if (found is not null)
            {
                break;
            }

            using var acquired = await _cache.AcquireAsync(member, cancellationToken);
            if (acquired.Lease?.Model is { } model)
            {
                found = _inputs.Add(member, model);
            }
            else
            {
                request.Refuse(open[refused], images, acquired.VersionOfModel, acquired.Refusal!);
                refused++;
            }
        }

        open.RemoveRange(0, refused);
        return found;
    }

    private static ConcurrencyLimiter CreateTurns() =>
        new(new ConcurrencyLimiterOptions { PermitLimit = AtOnce, QueueLimit = int.MaxValue });

    private static Refusal RefusalOf(ModelName group, GroupMember member) => member.IsGroup
        ? ModelGroup.RefuseNested(group, member.Name)
        : new Refusal(
            ErrorCode.ModelNotFound,
            $"Member '{member.Name}' of group '{group}' is not published. Publish it with 'mme models push FOLDER "
            + $"--name {member.Name}', or remove it from the group.");
}

/// <summary>The group that answers a micro-batch, and the parameters of its answers.</summary>
/// <param name="Top">Number of classes per answer; null uses each member's manifest.</param>
internal sealed record GroupRequest(ModelName Group, IReadOnlyList<GroupMember> Members, int? Top)
{
    /// <summary>Records the same refusal for all images that lack the member's answer.</summary>
    public void Refuse(int member, IEnumerable<GroupImage> images, string? version, Refusal refusal)
    {
        var model = new AnsweringModel(Members[member].Name.Value, version, null, null);
        var answer = MemberAnswer.Of(model, refusal);
        foreach (var image in images)
        {
            if (image.Lacks(member))
            {
                image.Answer(member, answer);
            }
        }
    }
}
