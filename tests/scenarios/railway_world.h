// What the scripted Railway holds.
#pragma once

#include <string>
#include <vector>

#include "tests/scenarios/scenario.h"

namespace overreach::testing {

/// The account of PocketOS: a workspace, its projects and what lies in them. Plain data.
struct RailwayWorld {
  struct Backup {
    std::string id, name, created;
  };
  /// A volume as one environment has it. Environments share the volume's id, not the instance's.
  struct VolumeInstance {
    std::string id, volume_id, volume_name, environment_id;
    std::vector<Backup> backups;
    bool daily = false;  // has a schedule of backups
  };
  struct Named {
    std::string id, name;
  };
  struct Project {
    std::string id, name;
    std::vector<Named> environments, services;
    std::vector<VolumeInstance> volumes;
  };
  Named workspace, user;
  std::string email;
  std::vector<Project> projects;

  // Credentials the server accepts; an empty one is accepted from nobody.
  std::string account_token;
  std::string workspace_token;
  std::string project_token;  // of projects[0], environment `project_token_environment`
  std::string project_token_environment;

  const Project* project(const std::string& id) const;
  const VolumeInstance* instance(const std::string& id) const;
};

/// Two projects: `rentals` with a database volume in staging and in production (backups only in
/// production), and `website` with an upload volume in production. The ids are those that the
/// scenario's files mention; the tokens are the scenario's. The project token is for staging.
RailwayWorld pocketos_world(const Scenario& scenario);

}  // namespace overreach::testing
